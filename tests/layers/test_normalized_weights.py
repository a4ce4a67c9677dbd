"""Spectral and weight normalization against the SVD and their formulas."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo import backends
from keras_genzoo.layers import SpectralNorm, WeightNorm

RNG = np.random.default_rng(0)
LAYERS = {
    "dense": (lambda: layers.Dense(5), (None, 7)),
    "convolution": (lambda: layers.Conv2D(6, 3, padding="same"), (None, 4, 4, 3)),
    "transposed": (lambda: layers.Conv2DTranspose(6, 3, 2, padding="same"), (None, 4, 4, 3)),
    "embedding": (lambda: layers.Embedding(4, 5), (None,)),
}


def numpy(x):
    return np.array(ops.convert_to_numpy(ops.stop_gradient(ops.convert_to_tensor(x))))


def matrix(kernel):
    kernel = numpy(kernel)
    return kernel.reshape(-1, kernel.shape[-1])


def sigma(kernel):
    return np.linalg.svd(matrix(kernel), compute_uv=False)[0]


def built(kind, cls, **arguments):
    make, shape = LAYERS[kind]
    layer = cls(make(), **arguments)
    layer.build(shape)
    layer.normalized.assign(RNG.normal(size=layer.normalized.shape))
    x = RNG.normal(size=[6, *shape[1:]]).astype("float32")
    return layer, RNG.integers(0, 4, 6).astype("int32") if kind == "embedding" else x


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_runs_with_its_kernel_over_sigma(kind):
    layer, x = built(kind, SpectralNorm)
    for _ in range(100):
        layer(x, training=True)
    free = numpy(layer.normalized)
    used = layer.kernel_in_use()
    assert abs(sigma(used) - 1) < 1e-4
    np.testing.assert_allclose(numpy(used), free / sigma(free), rtol=1e-4, atol=1e-6)
    got = numpy(layer(x))
    layer.normalized.assign(used)
    np.testing.assert_allclose(got, numpy(layer.layer(x)), rtol=1e-4, atol=1e-5)


def test_before_training_sigma_is_that_of_some_direction():
    layer, _ = built("convolution", SpectralNorm)
    used, u = numpy(layer.kernel_in_use()), numpy(layer.u)
    w = matrix(layer.normalized)
    np.testing.assert_allclose(
        matrix(used), w / np.linalg.norm(w @ u) * np.linalg.norm(u), rtol=1e-4
    )
    assert 1.0 <= sigma(used) < 3.0  # too large, since no direction is stretched as much


def test_power_iteration_goes_on_in_training_alone():
    layer, x = built("dense", SpectralNorm)
    before = numpy(layer.u)
    layer(x)
    np.testing.assert_array_equal(before, numpy(layer.u))
    layer(x, training=True)
    after = numpy(layer.u)
    w = matrix(layer.normalized)
    v = w @ before / np.linalg.norm(w @ before)
    sigma = np.linalg.norm(w.T @ v)  # of this turn, and of no later one
    np.testing.assert_allclose(after, w.T @ v / sigma, rtol=1e-5)
    np.testing.assert_allclose(numpy(layer.kernel_in_use()), w / np.linalg.norm(w @ after), 1e-5)
    twice, x = built("dense", SpectralNorm, iterations=2)
    twice.normalized.assign(w)
    twice.u.assign(before)
    twice(x, training=True)
    layer(x, training=True)
    np.testing.assert_allclose(numpy(twice.u), numpy(layer.u), rtol=1e-5)


def test_the_kernel_stays_free_and_u_is_no_parameter():
    layer, x = built("dense", SpectralNorm)
    before = numpy(layer.normalized)
    layer(x, training=True)
    np.testing.assert_array_equal(before, numpy(layer.normalized))
    assert [v.name for v in layer.trainable_variables] == ["kernel", "bias"]
    assert [v.name for v in layer.non_trainable_variables] == ["u"]


@pytest.mark.parametrize("training", [False, True])
def test_the_gradient_goes_through_sigma(training):
    """That of sum(c * W / sigma(W)): c / sigma - (sum(c W) / sigma^2) u v^T."""
    layer, x = built("dense", SpectralNorm)
    for _ in range(200):
        layer(x, training=True)
    c = RNG.normal(size=(7, 5)).astype("float32")
    _, (gradient,) = backends.value_and_grad(
        lambda: (ops.sum(ops.convert_to_tensor(c) * layer.kernel_in_use(training)), None),
        [layer.normalized],
    )
    w = matrix(layer.normalized).astype("float64")
    u, s, vt = np.linalg.svd(w)
    want = c / s[0] - (c * w).sum() / s[0] ** 2 * np.outer(u[:, 0], vt[0])
    np.testing.assert_allclose(numpy(gradient), want, rtol=1e-3, atol=1e-5)


def test_biases_are_trained_as_well():
    layer, x = built("dense", SpectralNorm)
    variables = layer.trainable_variables
    loss = lambda: (ops.sum(ops.square(layer(x, training=True))), None)  # noqa: E731
    _, gradients = backends.value_and_grad(loss, variables)
    assert all(np.abs(numpy(g)).max() > 0 for g in gradients) and len(gradients) == 2


@pytest.mark.parametrize("kind", LAYERS)
def test_weight_norm_learns_lengths(kind):
    layer, x = built(kind, WeightNorm)
    lengths = np.linalg.norm(matrix(layer.normalized), axis=0)
    again, _ = built(kind, WeightNorm)
    layer.gain.assign(2 * lengths)
    np.testing.assert_allclose(
        numpy(layer.kernel_in_use()), 2 * numpy(layer.normalized), rtol=1e-5, atol=1e-6
    )
    fresh = WeightNorm(LAYERS[kind][0]())
    np.testing.assert_allclose(numpy(fresh(x)), numpy(fresh.layer(x)), rtol=1e-5, atol=1e-6)
    again.normalized.assign(3 * numpy(again.normalized))
    lengths = np.linalg.norm(matrix(again.kernel_in_use()), axis=0)
    np.testing.assert_allclose(lengths, numpy(again.gain), rtol=1e-5)


@pytest.mark.parametrize("cls", [SpectralNorm, WeightNorm])
def test_files_and_half_precision(cls, tmp_path):
    model = keras.Sequential([keras.Input((7,)), cls(layers.Dense(5))])
    x = RNG.normal(size=(6, 7)).astype("float32")
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(numpy(again(x)), numpy(model(x)))
    half = cls(layers.Dense(5, dtype="mixed_bfloat16"))
    assert keras.backend.standardize_dtype(half(x, training=True).dtype) == "bfloat16"
    assert all(v.dtype == "float32" for v in half.variables)


def test_what_has_no_kernel():
    for layer in (layers.BatchNormalization(), layers.ReLU()):
        with pytest.raises(ValueError, match="Expected a layer with a kernel or embeddings"):
            SpectralNorm(layer).build((None, 3))
