"""SNGAN: bounded slopes, its power iterations, and its networks."""

import keras
import numpy as np
import pytest
from contract import EAGERLY, JIT_COMPILE, values
from keras import ops
from zoo_cases import ALL, CASES, VECTORS

import keras_genzoo as zoo
from keras_genzoo.layers import SpectralNorm, WeightNorm

ON_JAX = keras.backend.backend() == "jax"


def normalized(network, cls=SpectralNorm):
    return [layer for layer in network._flatten_layers() if isinstance(layer, cls)]


def matrix(x):
    x = np.array(ops.convert_to_numpy(ops.stop_gradient(ops.convert_to_tensor(x))))
    return x.reshape(-1, x.shape[-1])


# Uncompiled steps, and building wide layers, take half a minute on JAX.
slow_on_jax = pytest.mark.long if ON_JAX else lambda test: test


@slow_on_jax
@pytest.mark.parametrize("name", ["sngan", "sngan_vectors"])
def test_after_training_every_sigma_is_the_svds(name):
    keras.utils.set_random_seed(0)
    case = ALL[name]
    model = case.build()
    model.compile(run_eagerly=EAGERLY)
    model.fit(*case.data(), batch_size=20, verbose=0)
    one = [ops.convert_to_tensor(a) for a in case.data(0, 1)]
    for _ in range(40):
        model.judge(model.scale.numbers(one[0]), *one[1:], training=True)
    layers = normalized(model.discriminator)
    # Of blocks two each, and what is beside the first; psi and classes. Or three layers and psi.
    assert len(layers) == (2 + 2 * 2 + 1 + 2 if case.is_image else 4)
    for layer in layers:
        sigma = np.linalg.svd(matrix(layer.kernel_in_use()), compute_uv=False)[0]
        assert abs(sigma - 1) < 0.01, layer.layer.name
    assert not normalized(model.generator)


@pytest.mark.skipif(ON_JAX, reason="JAX traces a step, whose assignments cannot be counted")
def test_both_runs_of_the_discriminator_turn_the_power_iteration():
    model = ALL["sngan_vectors"].build()
    model.compile(run_eagerly=True)
    layer, turns = normalized(model.discriminator)[0], []
    assign = layer.u.assign
    object.__setattr__(layer.u, "assign", lambda value: turns.append(1) or assign(value))
    model.train_on_batch(VECTORS[:20])
    assert len(turns) == 2 * 2 + 1  # real and fake in each of its updates; fake in the generator's
    turns.clear()
    model.test_on_batch(VECTORS[:20])
    model.features(VECTORS[:4])
    assert not turns


def test_a_spectrally_normalized_network_of_vectors_is_lipschitz():
    model = ALL["sngan_vectors"].build()
    for layer in normalized(model.discriminator):
        layer.normalized.assign(30.0 * matrix(layer.normalized))
    model.compile(keras.optimizers.SGD(0.0), jit_compile=JIT_COMPILE)
    model.fit(VECTORS, batch_size=20, epochs=4, verbose=0)
    x = np.random.default_rng(0).normal(size=(200, 3)).astype("float32")
    far = np.random.default_rng(1).normal(size=(200, 3)).astype("float32")
    a, b = (ops.convert_to_numpy(model.judge(y, training=False))[:, 0] for y in (x, far))
    assert (np.abs(a - b) / np.linalg.norm(x - far, axis=1)).max() < 1.001


def test_weight_norm_in_its_place():
    model = ALL["sngan_weight_norm"].build()
    assert normalized(model.discriminator, WeightNorm) and not normalized(model.discriminator)
    gains = [v for v in model.networks()["discriminator"] if v.name == "gain"]
    assert len(gains) == len(normalized(model.discriminator, WeightNorm))


@slow_on_jax
def test_the_networks_of_the_paper():
    """Table 4, CIFAR-10: a generator of 256 channels, a discriminator of 128."""
    model = zoo.SNGAN(image_shape=(32, 32, 3))
    block = 256 * 4 * 2 + 2 * (9 * 256 * 256 + 256) + 256 * 256 + 256
    last = 256 * 4 + 9 * 256 * 3 + 3
    assert model.generator.count_params() == 128 * 4096 + 4096 + 3 * block + last
    sizes = [layer.output.shape[1] for layer in model.generator.layers if "add" in layer.name]
    assert sizes == [8, 16, 32]
    pair = 2 * (9 * 128 * 128 + 128)
    first = 9 * 3 * 128 + 128 + 9 * 128 * 128 + 128 + 3 * 128 + 128
    weights = sum(np.prod(v.shape) for v in model.discriminator.trainable_variables)
    assert weights == first + pair + 128 * 128 + 128 + 2 * pair + 128 + 1
    sizes = [layer.output.shape[1] for layer in model.discriminator.layers if "add" in layer.name]
    assert sizes == [16, 8, 8, 8]
    plain = zoo.SNGAN(image_shape=(32, 32, 3), architecture="plain", width=8).discriminator
    channels = [layer.output.shape[1:] for layer in normalized(plain)[:-1]]
    assert channels == [
        (32, 32, 8), (16, 16, 16), (16, 16, 16), (8, 8, 32), (8, 8, 32), (4, 4, 64), (4, 4, 64)
    ]  # fmt: skip


def test_optimizers_of_the_paper():
    adam = ALL["sngan_vectors"].build().default_optimizers()["discriminator"]
    assert (float(adam.learning_rate), adam.beta_1, adam.beta_2) == (
        pytest.approx(2e-4),
        0.0,
        0.9,
    )


def test_labels_go_through_the_projection():
    case = CASES["sngan"]
    model = case.build()
    x, labels = case.x[:6], case.labels[:6]
    logits = [
        values_of(model.judge(model.scale.numbers(x), ops.convert_to_tensor(y), training=False))
        for y in (labels, (labels + 1) % 3)
    ]
    assert np.abs(logits[0] - logits[1]).max() > 1e-4
    # What the last decision is made from does not know the class.
    features = [model.features(x, y) for y in (labels, (labels + 1) % 3)]
    np.testing.assert_array_equal(*features)
    assert features[0].shape == (6, 8)


def values_of(x):
    return ops.convert_to_numpy(ops.stop_gradient(x))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_features": 3, "num_classes": 3}, "Expected images in a conditional SNGAN; got vec"),
        ({"image_shape": (8, 8, 1), "architecture": "plane"}, "'plane'. Did you mean 'plain'"),
        ({"image_shape": (8, 8, 1), "normalization": "batch"}, "normalization; got 'batch'"),
        ({"image_shape": (9, 9, 1)}, "whose height and width can be halved"),
    ],
)
def test_what_it_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        zoo.SNGAN(**arguments)


def test_batches_hold_an_example_for_each_update():
    model = zoo.SNGAN(num_features=3, width=4)
    model.compile()
    assert values(model.trainable_variables)
    with pytest.raises(ValueError, match="5"):
        model.fit(VECTORS[:4], batch_size=4, verbose=0)
