"""Scales: numbers of examples, and examples of numbers."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.probability import pixels
from keras_genzoo.probability.pixels import Binary, Dequantized, GreyValues, SignedUnit, Vectors

ALL_PIXELS = np.arange(256, dtype="uint8").reshape(4, 8, 8, 1)
SCALES = [SignedUnit(), Dequantized(), Binary(), GreyValues(256)]


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("scale", SCALES, ids=repr)
def test_pixels_come_back(scale):
    y = numpy(scale.numbers(ALL_PIXELS))
    assert y.dtype == np.float32
    np.testing.assert_allclose(numpy(scale.real(y)), ALL_PIXELS, atol=1e-4)
    back = numpy(scale.examples(ops.convert_to_tensor(y)))
    assert back.dtype == np.uint8
    np.testing.assert_array_equal(back, ALL_PIXELS)


@pytest.mark.parametrize(
    "scale, low, high",
    [(SignedUnit(), -1, 1), (Dequantized(), 0.5 / 256, 255.5 / 256), (Binary(), 0, 1)],
    ids=repr,
)
def test_ranges(scale, low, high):
    y = numpy(scale.numbers(ALL_PIXELS))
    np.testing.assert_allclose([y.min(), y.max()], [low, high], rtol=1e-6)


@pytest.mark.parametrize("scale", SCALES, ids=repr)
def test_what_lies_outside_is_clipped(scale):
    got = numpy(scale.examples(ops.convert_to_tensor(np.float32([-1e4, 1e4]))))
    np.testing.assert_array_equal(got, [0, 255])


def test_dequantized_numbers_fill_their_bins_and_fall_back_into_them():
    scale, seed = Dequantized(), keras.random.SeedGenerator(0)
    bins = [numpy(scale.observed(ALL_PIXELS, seed)) * 256 - ALL_PIXELS for _ in range(40)]
    assert np.min(bins) >= 0 and np.max(bins) < 1
    assert np.mean(bins) == pytest.approx(0.5, abs=0.01)
    assert np.std(bins) == pytest.approx(12**-0.5, abs=0.01)
    y = scale.observed(ALL_PIXELS, seed)
    np.testing.assert_array_equal(numpy(scale.examples(y)), ALL_PIXELS)
    assert scale.bin_nats == pytest.approx(np.log(256))


@pytest.mark.parametrize("levels", [2, 3, 16, 255])
def test_grey_values_are_the_nearest(levels):
    scale = GreyValues(levels)
    values = numpy(scale.numbers(ALL_PIXELS))
    np.testing.assert_array_equal(np.unique(values), np.arange(levels))
    off = np.abs(numpy(scale.real(values)) - ALL_PIXELS)
    assert off.max() <= 127.5 / (levels - 1) + 1e-3
    assert scale.levels == levels


@pytest.mark.parametrize("scale", [Binary(), GreyValues(2)], ids=repr)
def test_two_levels_are_tosses(scale):
    seed = keras.random.SeedGenerator(0)
    x = np.repeat(np.uint8([0, 64, 255])[None], 4000, axis=0)
    tosses = numpy(scale.observed(x, seed))
    assert set(np.unique(tosses)) == {0, 1}
    np.testing.assert_allclose(tosses.mean(0), [0, 64 / 255, 1], atol=0.03)
    assert not tosses[:, 0].any() and tosses[:, 2].all()
    assert (numpy(scale.observed(x, seed)) != tosses).any()


def test_more_levels_are_observed_without_chance():
    seed = keras.random.SeedGenerator(0)
    scale = GreyValues(4)
    np.testing.assert_array_equal(
        numpy(scale.observed(ALL_PIXELS, seed)), numpy(scale.numbers(ALL_PIXELS))
    )


def test_vectors_stay_as_they_are():
    x = np.array([[-3.5, 1e3]])
    for y in (Vectors().numbers(x), Vectors().real(x), Vectors().examples(x)):
        assert numpy(y).dtype == np.float32
        np.testing.assert_array_equal(numpy(y), x)
    assert Vectors().levels is None and Vectors().bin_nats == 0


def test_a_shape_says_which():
    image, vector = (8, 8, 1), (3,)
    assert (pixels.signed(image), pixels.signed(vector)) == (SignedUnit(), Vectors())
    assert (pixels.dequantized(image), pixels.dequantized(vector)) == (Dequantized(), Vectors())
