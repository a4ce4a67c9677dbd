"""Conditional models of one's own, on the bases of families whose zoo models have no labels yet."""

import contract
import keras
import numpy as np
import pytest
from keras import layers, ops
from zoo_cases import CLASSES, PIXELS, Case

import keras_genzoo as zoo
from keras_genzoo import backends
from keras_genzoo.engine import DataSpec
from keras_genzoo.models.autoencoder.latent_variable import LatentVariable
from keras_genzoo.models.autoregressive.autoregressive import Autoregressive
from keras_genzoo.models.catalogue import Small
from keras_genzoo.probability.observations import Bernoulli

IMAGE = (8, 8, 1)


def told(x, num_classes, *outputs, name=None):
    """A network of x and labels: one hidden layer."""
    x = keras.Input(x)
    labels = keras.Input((), dtype="int32")
    y = ops.one_hot(labels, num_classes)
    h = layers.Concatenate()([layers.Flatten()(x), y])
    h = layers.Dense(int(np.prod(outputs)))(layers.Dense(16, activation="tanh")(h))
    return keras.Model([x, labels], layers.Reshape(outputs)(h), name=name)


@keras.saving.register_keras_serializable("test_conditional")
class ConditionalVAE(LatentVariable):
    """A conditional model on the base of autoencoders. arXiv:1312.6114."""

    nll_name = "negative_elbo"

    def __init__(self, image_shape=IMAGE, num_classes=3, latent_dim=4, **kwargs):
        super().__init__(DataSpec.of(image_shape), Bernoulli(), latent_dim, num_classes, **kwargs)
        with self.own_precision():
            self.encoder = told(image_shape, num_classes, 2 * latent_dim)
            self.decoder = told((latent_dim,), num_classes, *image_shape)

    def networks(self):
        return {"vae": self.encoder.trainable_variables + self.decoder.trainable_variables}

    def default_optimizers(self):
        return {"vae": keras.optimizers.Adam(1e-2)}

    def objective(self, x, seed, training=False):
        x, labels = x
        y = self.observation.observed(x, seed)
        mean, log_var = self.posterior(y, labels, training)
        z = mean + ops.exp(0.5 * log_var) * backends.normal(ops.shape(mean), seed)
        log_prob = self.observation.log_prob(y, self.decoded(z, labels, training))
        kl = zoo.losses.kl_from_standard_normal(mean, log_var)
        return {"loss": kl - log_prob}


@keras.saving.register_keras_serializable("test_conditional")
class ConditionalPixels(Autoregressive):
    """Pixels that depend on the class alone. arXiv:1606.05328."""

    def __init__(self, image_shape=IMAGE, num_classes=3, **kwargs):
        super().__init__(DataSpec.of(image_shape), Bernoulli(), num_classes, **kwargs)
        self.table = layers.Embedding(num_classes, self.spec.size)
        self.table.build((None,))

    def networks(self):
        return {"network": self.table.trainable_variables}

    def default_optimizers(self):
        return {"network": keras.optimizers.Adam(0.1)}

    def logits(self, values, labels, training=False):
        return ops.reshape(self.table(labels), (-1, *self.spec.shape))


CASES = {
    "vae": Case(ConditionalVAE, Small({"num_classes": 3, "image_shape": IMAGE}, dense=True)),
    "pixels": Case(ConditionalPixels, Small({"num_classes": 3, "image_shape": IMAGE}, dense=True)),
}


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_contract_holds(case, tmp_path):
    contract.check(case, tmp_path)


@pytest.fixture(scope="module")
def vae():
    """A model of images that their class decides: all black, or all white."""
    keras.utils.set_random_seed(0)
    model = ConditionalVAE(num_classes=2)
    model.compile()
    model.fit(*black_or_white(200), epochs=30, batch_size=20, verbose=0)
    return model


def black_or_white(n):
    labels = np.arange(n) % 2
    return np.broadcast_to(255 * labels[:, None, None, None], (n, *IMAGE)).astype("uint8"), labels


def test_labels_decide_what_they_are_said_to(vae):
    """Samples, codes decoded, reconstructions and paths are of the class that is asked for."""
    z = np.zeros((4, 4), "float32")
    labels = np.array([0, 1, 1, 0])
    for images in (
        vae.sample(4, labels=labels, seed=0),
        vae.decode(z, labels),
        vae.reconstruct(np.full((4, *IMAGE), 128, "uint8"), labels),
    ):
        assert ((images.mean(axis=(1, 2, 3)) > 128) == labels).all()
    x, y = black_or_white(4)
    path = vae.interpolate(x, x, 3, labels=y)
    assert ((path.mean(axis=(2, 3, 4)) > 128) == y[:, None]).all()
    assert (vae.decode(z, 1) == vae.decode(z, [1] * 4)).all()


@pytest.mark.parametrize("method", ["elbo", "iwae", "ais"])
def test_a_likelihood_is_that_given_the_label(vae, method):
    options = {
        "elbo": {"k": 3},
        "iwae": {"k": 20},
        "ais": {"chains": 4, "distributions": 20},
    }[method]
    x, labels = black_or_white(4)
    right = vae.log_likelihood(x, labels, method=method, batch_size=7, **options)
    wrong = vae.log_likelihood(x, 1 - labels, method=method, batch_size=7, **options)
    assert (right > -10).all() and (wrong < right - 10).all()
    one_by_one = [vae.log_likelihood(x[i : i + 1], labels[i], method="elbo")[0] for i in range(2)]
    assert min(one_by_one) > -10


def test_bits_per_dim_of_a_conditional_model(vae):
    x, labels = black_or_white(4)
    nats = vae.log_likelihood(x, labels)
    np.testing.assert_allclose(vae.bits_per_dim(x, labels), -nats / (64 * np.log(2)))


def test_labels_of_an_unconditional_model_are_refused():
    model = zoo.VAE(image_shape=IMAGE, hidden_units=(4,))
    calls = (
        lambda: model.sample(3, labels=1),
        lambda: model.decode(np.zeros((1, 20)), 1),
        lambda: model.reconstruct(PIXELS[:2], labels=1),
        lambda: model.log_likelihood(PIXELS[:2], CLASSES[:2]),
        lambda: model.interpolate(PIXELS[:2], PIXELS[:2], labels=0),
    )
    for call in calls:
        with pytest.raises(ValueError, match="is not conditional: expected no labels"):
            call()


LABELS = {
    "Expected labels in 0..2, .* got 3. Count from 0": [1, 2, 3],
    "Expected labels in 0..2, .* got -1": [0, -1, 0],
    "got dtype float32": np.zeros(3, "float32"),
    "got dtype bool": np.zeros(3, bool),
    "Expected 3 labels, one for each example; got 2": [0, 1],
    r"got \(3, 1\). Take the column": np.zeros((3, 1), int),
    r"got \(3, 3\). Are they one-hot": np.eye(3, dtype=int),
    "expected labels, one for all examples or 3 in 0..2; got None": None,
    "integers in 0..2; got list, <U1. Number the classes: np.unique": ["0", "1", "2"],
    "integers in 0..2; got str, <U1": "1",
    "integers in 0..2; got list, object": [None, 0, 1],
    "integers in 0..2; got list. Number": [[0], [1, 2], []],
    r"got a generator. Do list\(labels\)": (i for i in range(3)),
    "got set, object": {0, 1, 2},
}


@pytest.mark.parametrize("message", LABELS)
def test_bad_labels(message):
    model = CASES["vae"].build()
    with pytest.raises(ValueError, match=message):
        model.reconstruct(PIXELS[:3], LABELS[message])


@pytest.mark.parametrize("num_classes", [0, 1, 2.5, "ten", None])
def test_bad_num_classes(num_classes):
    with pytest.raises(ValueError, match="Expected num_classes, an integer of at least 2"):
        zoo.CGAN(image_shape=IMAGE, num_classes=num_classes)


def batches_of(kind):
    """Three batches with labels, of which the last has one that does not exist."""
    labels = np.concatenate([CLASSES[:50], [7] * 10])
    if kind == "tf.data":
        tf = pytest.importorskip("tensorflow")
        return tf.data.Dataset.from_tensor_slices((PIXELS, labels)).batch(20)
    return ((PIXELS[i : i + 20], labels[i : i + 20]) for i in (0, 20, 40))


@pytest.mark.parametrize("kind", ["tf.data", "generator"])
def test_a_later_batch_of_bad_labels(kind):
    model = CASES["pixels"].build()
    model.compile(jit_compile=False)
    with pytest.raises(ValueError, match="Expected labels in 0..2, .* got 7"):
        model.fit(batches_of(kind), verbose=0)


def test_labels_beside_a_stream_are_refused():
    model = CASES["pixels"].build()
    model.compile()
    data = zoo.data.Batches(PIXELS, CLASSES)
    with pytest.raises(ValueError, match="Expected the labels within the data set"):
        model.fit(data, CLASSES)
