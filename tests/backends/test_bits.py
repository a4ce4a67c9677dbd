"""Random integers of 16 bits: all as likely, one as good as another, in every kind of function."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_genzoo as zoo
from keras_genzoo import backends
from keras_genzoo.engine.noise import FixedSeed, NoiseStream
from keras_genzoo.probability.pixels import binarize

BACKEND = keras.backend.backend()
DTYPE = NoiseStream().state.dtype


def bits(shape, seed=0):
    if isinstance(seed, int):
        seed = FixedSeed(seed, DTYPE)
    return ops.convert_to_numpy(backends.bits16(shape, seed)).astype("int64")


def chi_square(counts):
    """Standard deviations by which Pearson's statistic of equally likely cells is off."""
    expected = counts.sum() / counts.size
    cells = counts.size - 1
    return (np.square(counts - expected).sum() / expected - cells) / np.sqrt(2 * cells)


def test_all_values_are_as_likely():
    drawn = bits((1 << 21,))
    assert drawn.min() == 0 and drawn.max() == 65535
    assert abs(chi_square(np.bincount(drawn, minlength=1 << 16))) < 4.5
    ones = [(drawn >> i & 1).mean() for i in range(16)]
    np.testing.assert_allclose(ones, 0.5, atol=4.5 * 0.5 / np.sqrt(drawn.size))


@pytest.mark.parametrize("apart", ["neighbours", "halves", "next draw"])
def test_no_value_tells_another(apart):
    seed = FixedSeed(1, DTYPE)
    drawn = bits((1 << 18,), seed)
    a, b = {
        "neighbours": (drawn[::2], drawn[1::2]),
        "halves": np.split(drawn, 2),  # of one 32-bit word on TensorFlow
        "next draw": (drawn, bits((1 << 18,), seed)),
    }[apart]
    for shift in (0, 12):  # of the low bits, and of the high ones
        pairs = (a >> shift & 15) * 16 + (b >> shift & 15)
        assert abs(chi_square(np.bincount(pairs, minlength=256))) < 4.5
    assert abs(np.corrcoef(a, b)[0, 1]) < 4.5 / np.sqrt(len(a))


@pytest.mark.parametrize("shape", [(1,), (7,), (8,), (3, 5), (2, 3, 4, 1), (0,), (0, 3)])
def test_shapes_of_any_size(shape):
    drawn = bits(shape)
    assert drawn.shape == shape
    np.testing.assert_array_equal(drawn, bits(shape))
    if drawn.size > 2:
        assert len(np.unique(drawn)) > 1


def test_other_seeds_and_draws_are_other_bits():
    stream = NoiseStream(seed=7)
    drawn = [bits((1000,), seed) for seed in (0, 1, 2**31 + 5, 2**62, stream, stream)]
    for i, a in enumerate(drawn):
        for b in drawn[:i]:
            assert (a == b).mean() < 0.01


@pytest.mark.skipif(BACKEND != "tensorflow", reason="functions of TensorFlow's")
@pytest.mark.parametrize("size", [6, 7])
def test_equal_with_xla_and_without_and_for_unknown_sizes(size):
    import tensorflow as tf

    x = np.random.default_rng(0).integers(0, 256, (size, 3, 3, 1), dtype="uint8")
    toss = lambda x: binarize(x, FixedSeed(5, DTYPE))  # noqa: E731
    signature = [tf.TensorSpec([None, 3, 3, 1], "uint8")]
    want = toss(tf.constant(x))
    for jit_compile in (False, True):
        got = tf.function(toss, jit_compile=jit_compile)(x)
        np.testing.assert_array_equal(got, want)
        one_for_all = tf.function(toss, input_signature=signature, jit_compile=jit_compile)
        np.testing.assert_array_equal(one_for_all(x), want)
        assert one_for_all.get_concrete_function().output_shapes.as_list() == [None, 3, 3, 1]


def test_a_model_of_tossed_pixels_takes_any_number_of_images():
    model = zoo.VAE(image_shape=(3, 3, 1), latent_dim=2, hidden_units=(4,))
    x = np.random.default_rng(0).integers(0, 256, (7, 3, 3, 1), dtype="uint8")
    assert model.log_likelihood(x, batch_size=3).shape == (7,)
    assert np.isfinite(model.log_likelihood(x[:1])).all()
