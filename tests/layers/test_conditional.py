"""Batch norm by class, and the projection of a class."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import ConditionalBatchNorm, Projection

RNG = np.random.default_rng(0)
H = RNG.normal(2.0, 3.0, size=(40, 3, 3, 5)).astype("float32")
Y = RNG.integers(0, 4, 40).astype("int32")


def numpy(x):
    return np.array(ops.convert_to_numpy(ops.stop_gradient(ops.convert_to_tensor(x))))


def normalized():
    return (H - H.mean((0, 1, 2))) / np.sqrt(H.var((0, 1, 2)) + 1e-3)


def test_gain_and_bias_are_of_the_class_and_statistics_of_the_batch():
    layer = ConditionalBatchNorm(4)
    np.testing.assert_allclose(
        numpy(layer([H, Y], training=True)), normalized(), rtol=1e-3, atol=1e-4
    )
    gain, bias = RNG.normal(size=(2, 4, 5)).astype("float32")
    layer.gain.embeddings.assign(gain)
    layer.bias.embeddings.assign(bias)
    want = normalized() * gain[Y][:, None, None] + bias[Y][:, None, None]
    np.testing.assert_allclose(numpy(layer([H, Y], training=True)), want, rtol=1e-3, atol=1e-3)
    moved = 0.9 * (0.9 * 0 + 0.1 * H.mean((0, 1, 2))) + 0.1 * H.mean((0, 1, 2))
    np.testing.assert_allclose(numpy(layer.batch_norm.moving_mean), moved, rtol=1e-3)
    alone = numpy(layer([H[:1], Y[:1]]))  # by moving averages, whatever else is in the batch
    np.testing.assert_allclose(alone, numpy(layer([H, Y]))[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("normalization", [None, "spectral"])
def test_gain_and_bias_of_vectors(normalization):
    layer, c = ConditionalBatchNorm(normalization=normalization), RNG.normal(size=(40, 6))
    c = c.astype("float32")
    layer([H, c])
    if normalization:
        kernels = [numpy(one.kernel_in_use()) for one in (layer.gain, layer.bias)]
    else:
        kernels = [numpy(one.kernel) for one in (layer.gain, layer.bias)]
    if not normalization:
        want = normalized() * (1 + c @ kernels[0])[:, None, None] + (c @ kernels[1])[:, None, None]
        got = numpy(layer([H, c], training=True))
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-3)
    zero = numpy(layer([H, np.zeros_like(c)], training=True))
    np.testing.assert_allclose(zero, normalized(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("normalization", [None, "spectral"])
def test_projection_is_its_formula(normalization):
    layer = Projection(4, normalization=normalization)
    h = H[:, 0, 0]
    got = numpy(layer([h, Y]))
    if normalization:
        w, v, b = layer.psi.kernel_in_use(), layer.classes.kernel_in_use(), layer.psi.layer.bias
    else:
        w, v, b = layer.psi.kernel, layer.classes.embeddings, layer.psi.bias
    want = h @ numpy(w) + numpy(b) + (numpy(v)[Y] * h).sum(-1, keepdims=True)
    assert got.shape == (40, 1)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)
    assert np.abs(got - numpy(layer([h, (Y + 1) % 4]))).max() > 1e-3


def test_a_judge_that_is_not_told_the_class_has_psi_alone():
    layer = Projection(normalization=None)
    h = H[:, 0, 0]
    np.testing.assert_allclose(numpy(layer(h)), h @ numpy(layer.psi.kernel), rtol=1e-4, atol=1e-4)
    assert len(layer.weights) == 2


def test_in_a_functional_network_and_a_file(tmp_path):
    x, y = keras.Input((3, 3, 5)), keras.Input((), dtype="int32")
    h = ConditionalBatchNorm(4)([x, y])
    h = keras.layers.GlobalAveragePooling2D()(h)
    model = keras.Model([x, y], Projection(4)([h, y]))
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(numpy(model([H, Y])), numpy(again([H, Y])))
    with pytest.raises(ValueError, match="Expected num_classes"):
        ConditionalBatchNorm(1)
