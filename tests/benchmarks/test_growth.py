"""Sampling times by size: one protocol each, and the exponent of their growth."""

import random

import numpy as np
import pytest

import keras_genzoo as zoo
from benchmarks import growth
from keras_genzoo.metrics import Score


def test_growth_keeps_one_protocol_for_each_size():
    def build(n):
        return lambda: zoo.VAE(image_shape=(n, n, 1), latent_dim=2, hidden_units=(4,))

    python = random.getstate()
    curves = growth.sampling_growth(
        {"VAE": {64: build(8), 16: build(4)}}, "pixels", num_samples=2, repeats=1
    )
    assert random.getstate() == python
    assert list(curves["VAE"]) == [16, 64]
    assert [s.protocol["pixels"] for s in curves["VAE"].values()] == [16, 64]
    assert curves["VAE"][16].protocol["example"] == [4, 4, 1]
    with pytest.raises(ValueError, match="pixels: 16 and 64"):
        assert curves["VAE"][16] < curves["VAE"][64]


def test_growth_exponent_is_the_slope_of_the_logarithms():
    scores = {n: Score("seconds_per_sample", 3e-6 * n**1.7, {"pixels": n}) for n in (16, 64, 256)}
    assert growth.growth_exponent(scores) == pytest.approx(1.7)
    with pytest.raises(ValueError, match="two sizes or more; got 1"):
        growth.growth_exponent({16: scores[16]})


def test_the_picture_has_a_curve_for_each_model():
    curves = {
        name: {n: Score("seconds_per_sample", slope * n, {"pixels": n}) for n in (16, 64)}
        for name, slope in {"VAE": 1e-6, "NICE": 2e-6}.items()
    }
    pixels = np.asarray(growth.picture(curves, "pixels"))
    for color in ((31, 119, 180), (255, 127, 14)):
        assert (pixels == color).all(-1).sum() > 100
