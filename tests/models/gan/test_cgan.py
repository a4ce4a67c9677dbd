"""CGAN's networks are the paper's, and both are told the class."""

import keras
import numpy as np
import pytest
from keras import ops
from zoo_cases import CLASSES, PIXELS

import keras_genzoo as zoo

ARCHITECTURES = ("dense", "dcgan")
BACKEND = keras.backend.backend()


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def small(architecture):
    return zoo.CGAN(
        image_shape=(8, 8, 1), num_classes=3, latent_dim=4, width=8, architecture=architecture
    )


def test_the_papers_networks():
    """200 and 1000 units, 1200 joined; maxout of 240 x 5 and 50 x 5 pieces, joined 240 x 4."""
    model = zoo.CGAN(image_shape=(28, 28, 1), num_classes=10)
    generator = 100 * 200 + 200 + 10 * 1000 + 1000 + 1200 * 1200 + 1200 + 1200 * 784 + 784
    of_x, of_y = 784 * 1200 + 1200, 10 * 250 + 250
    discriminator = of_x + of_y + 290 * 960 + 960 + 240 + 1
    assert model.generator.count_params() == generator
    assert model.discriminator.count_params() == discriminator
    z = np.asarray(model.draw_inputs(2000, 0)["z"])
    assert z.min() >= 0 and z.max() < 1 and abs(z.mean() - 0.5) < 0.01
    z = np.asarray(small("dcgan").draw_inputs(2000, 0)["z"])
    assert z.min() < -0.99 and z.max() < 1 and abs(z.mean()) < 0.03  # as that paper has it


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_both_networks_depend_on_the_label(architecture):
    model = small(architecture)
    for v in model.discriminator.weights:
        v.assign(np.random.default_rng(0).normal(0, 0.3, v.shape))
    x = ops.convert_to_tensor(PIXELS[:2].astype("float32") / 127.5 - 1)
    z = ops.ones((2, 4))
    for network, inputs in ((model.generator, z), (model.discriminator, x)):
        one, two = (ops.convert_to_numpy(network([inputs, ops.full((2,), c)])) for c in (0, 1))
        assert np.abs(one - two).max() > 1e-4


@pytest.mark.skipif(BACKEND != "tensorflow", reason="the same formulas, at ten times the time")
def test_samples_are_of_the_class_that_is_asked_for():
    """Of three kinds of images, each with its own two columns lit: learned in 200 steps."""
    labels = np.arange(240) % 3
    images = np.random.default_rng(0).integers(0, 60, (240, 8, 8, 1)).astype("uint8")
    for c in range(3):
        images[labels == c, :, 2 * c + 1 : 2 * c + 3] += 190

    def brightest(x):
        return np.argmax([x[:, :, 2 * c + 1 : 2 * c + 3].mean(axis=(1, 2, 3)) for c in range(3)], 0)

    model = small("dcgan")
    model.compile(optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5))
    model.fit(images, labels, epochs=25, batch_size=24, verbose=0)
    score = zoo.metrics.class_accuracy(model, images, labels, classifier=brightest, samples=300)
    assert score.value > 0.95


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_dropout_is_part_of_a_sample(architecture):
    """The same seed drops the same units, in training other ones, and decode none."""
    arguments = {"image_shape": (8, 8, 1), "num_classes": 3, "latent_dim": 4, "width": 8}
    model = zoo.CGAN(**arguments, architecture=architecture, dropout=0.5, discriminator_steps=2)
    (inputs,) = model.inputs_in_batches(4, 0, 4)
    assert list(inputs) == ["z", "labels", "dropout"]
    first = model.sample(4, seed=0)
    np.testing.assert_array_equal(first, model.sample(4, seed=0))
    decoded = model.decode(inputs["z"], inputs["labels"])
    assert (decoded != first).any()
    np.testing.assert_array_equal(decoded, model.decode(inputs["z"], inputs["labels"]))
    again = zoo.CGAN.from_config(model.get_config())
    assert (again.dropout, again.discriminator_steps) == (0.5, 2) and again.prior == model.prior


def test_the_papers_networks_train():
    model = small("dense")
    model.compile(jit_compile=False, ema_decay=0.9)
    before = [np.array(v) for v in model.get_weights()]
    logs = model.train_on_batch(PIXELS[:20], CLASSES[:20], return_dict=True)
    assert all(map(np.isfinite, logs.values()))
    moved = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert sum(moved[: len(before)]) >= len(model.trainable_variables)
    sample = model.sample(3, seed=0, labels=range(3))
    with model.raw_weights():
        assert (sample != model.sample(3, seed=0, labels=range(3))).any()


def test_features_of_a_judge_that_is_told_the_class_in_its_last_layer():
    class Head(keras.Layer):
        """Projection: Miyato and Koyama (2018), arXiv:1802.05637."""

        def build(self, shapes):
            self.kernel = self.add_weight(shape=(3, shapes[0][-1]))

        def call(self, inputs):
            h, labels = inputs
            return ops.sum(h * ops.take(self.kernel, labels, axis=0), axis=-1, keepdims=True)

    x, labels = keras.Input((8, 8, 1)), keras.Input((), dtype="int32")
    dense = keras.layers.Dense(5)
    h = dense(keras.layers.Flatten()(x))
    judge = keras.Model([x, labels], Head()([h, labels]))
    model = zoo.CGAN(image_shape=(8, 8, 1), num_classes=3, latent_dim=4, discriminator=judge)
    found = model.features(PIXELS[:4], labels=[0, 1, 2, 0])
    kernel, bias = (ops.convert_to_numpy(v) for v in dense.weights)
    flat = PIXELS[:4].reshape(4, -1) / 127.5 - 1
    np.testing.assert_allclose(found, flat @ kernel + bias, rtol=1e-4, atol=1e-5)


def test_a_label_drawn_is_each_class_as_likely():
    labels = np.asarray(small("dense").draw_inputs(6000, 0)["labels"])
    assert labels.dtype == np.int32
    np.testing.assert_allclose(np.bincount(labels) / 6000, 1 / 3, atol=0.02)


BAD = {
    "Expected architecture; got 'dens'. Did you mean 'dense'": {"architecture": "dens"},
    r"takes \[z \(batch, 4\), labels \(batch,\)\]; this one does not: it has 1 inputs": {
        "generator": keras.Sequential([keras.Input((4,)), keras.layers.Dense(64)])
    },
    "can be halved": {"image_shape": (7, 7, 1), "architecture": "dcgan"},
}


@pytest.mark.parametrize("message", BAD)
def test_bad_arguments(message):
    with pytest.raises(ValueError, match=message):
        zoo.CGAN(**{"image_shape": (8, 8, 1), "num_classes": 3, "latent_dim": 4} | BAD[message])
