"""Tossed pixels: how likely each is, by all values of 16 bits, and that the tosses are fair."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo import backends
from keras_genzoo.probability.pixels import binarize, sixteen_bit_chances

VALUES = np.arange(256, dtype="uint8")


def numpy(x):
    return ops.convert_to_numpy(x)


def chances(pixels, monkeypatch):
    """The share of the 65536 values of 16 bits that make each pixel a 1, all of them tried."""
    every = np.arange(1 << 16, dtype="int32")
    monkeypatch.setattr(
        backends,
        "bits16",
        lambda shape, seed: ops.convert_to_tensor(np.repeat(every, len(pixels)), "int32"),
    )
    tosses = numpy(binarize(np.repeat(np.asarray(pixels)[None], len(every), axis=0), seed=None))
    assert tosses.dtype == np.float32 and tosses.shape == (len(every), len(pixels))
    return tosses.mean(0, dtype="float64")


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_each_value_is_as_likely_as_it_says(dtype, monkeypatch):
    got = chances(VALUES.astype(dtype), monkeypatch)
    assert got[0] == 0 and got[255] == 1
    np.testing.assert_allclose(got, VALUES / 255, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(got * 65536, numpy(sixteen_bit_chances(VALUES)))


def test_pixels_may_be_real_numbers(monkeypatch):
    pixels = np.array([1e-4, 0.3, 77.77, 128.5, 254.9, 254.9999], "float32")
    np.testing.assert_allclose(chances(pixels, monkeypatch), pixels / 255.0, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(5, 7, 3, 1), (4, 6), (3,), (0, 8, 8, 1)])
def test_tosses_have_the_shape_of_the_pixels(shape):
    tosses = numpy(binarize(np.full(shape, 128, "uint8"), keras.random.SeedGenerator(0)))
    assert tosses.shape == shape and set(np.unique(tosses)) <= {0, 1}


def test_tosses_are_as_frequent_as_they_are_likely():
    seed, n = keras.random.SeedGenerator(3), 4000
    tosses = numpy(binarize(np.repeat(VALUES[None], n, axis=0), seed))
    off = tosses.mean(0) - VALUES / 255
    deviation = np.sqrt(VALUES / 255 * (1 - VALUES / 255) / n)
    assert not off[[0, 255]].any()
    assert np.abs(off[1:255] / deviation[1:255]).max() < 4.5
    assert np.square(off[1:255] / deviation[1:255]).mean() == pytest.approx(1, abs=0.35)
