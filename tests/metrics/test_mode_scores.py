"""Modes of the mixtures and of stacked digits, as scores."""

import numpy as np
import pytest

import keras_genzoo as zoo
from keras_genzoo.data import mixtures
from keras_genzoo.data.stacked import stack_digits
from keras_genzoo.metrics import (
    KerasExtractor,
    embedded_extractor,
    mode_coverage_of,
    stacked_modes,
)


class Generator:
    def __init__(self, examples):
        self.examples = examples

    def sample(self, n, *, seed):
        return self.examples[np.random.default_rng(seed).integers(len(self.examples), size=n)]


@pytest.mark.parametrize("data, modes", [("ring", 8), ("grid", 25)])
def test_the_data_cover_their_modes_and_a_part_does_not(data, modes):
    x, y = getattr(mixtures, data)("test")
    whole = mode_coverage_of(x[:2500], data)
    assert whole["modes"].value == modes
    assert whole["good_share"].value == pytest.approx(0.989, abs=0.008)
    part = mode_coverage_of(Generator(x[y < 3]), data, samples=500, seed=1)
    assert part["modes"].value == 3
    far = mode_coverage_of(np.full((10, 2), 0.7), data)
    assert (far["modes"].value, far["good_share"].value) == (0, 0)
    assert part["modes"].protocol == {
        "data": data,
        "modes": modes,
        "std": {"ring": 0.02, "grid": 0.05}[data],
        "threshold_sigmas": 3.0,
        "min_count": 1,
        "fake": 500,
        "seed": 1,
    }
    with pytest.raises(ValueError, match="fake: 500 and 2500"):
        assert part["modes"] < whole["modes"]


def test_an_untrained_model_of_the_zoo():
    scores = mode_coverage_of(zoo.WGANGP(num_features=2, width=4), "ring", samples=100)
    assert scores["good_share"].value < 0.2 and scores["modes"].protocol["fake"] == 100


def test_what_is_wrong_with_mixtures():
    with pytest.raises(ValueError, match="whose modes are known; got 'rings'. Did you mean 'ring'"):
        mode_coverage_of(np.zeros((5, 2)), "rings")
    with pytest.raises(ValueError, match="same size; got 3 and 2"):
        mode_coverage_of(np.zeros((5, 3)), "ring")
    with pytest.raises(ValueError, match="1 of 10 values are NaN"):
        mode_coverage_of(np.where(np.arange(10).reshape(5, 2) == 3, np.nan, 0), "grid")


@pytest.fixture(scope="module")
def digits():
    """Digits that the classifier is right about: what is tested is the counting of modes."""
    train = zoo.data.load("digits", "train", labels=True)
    p = embedded_extractor().probabilities(train.x)[:, :10]
    sure = (p.argmax(axis=1) == train.y) & (p.max(axis=1) > 0.5)
    return train.x[sure], train.y[sure]


def test_stacked_digits_show_their_modes(digits):
    images, modes = stack_digits(*digits, 3000, seed=0)
    got = stacked_modes(images)
    counts = np.bincount(modes, minlength=1000)
    assert got["modes"].value == (counts > 0).sum() > 800
    p = counts[counts > 0] / 3000
    assert got["kl_nats"].value == pytest.approx(np.sum(p * np.log(p * 1000)), rel=1e-9)
    in_batches = stacked_modes(images[i : i + 700] for i in range(0, 3000, 700))
    assert in_batches == got


def test_a_collapsed_generator_is_seen(digits):
    x, y = digits
    few = np.isin(y, (1, 7))
    images, _ = stack_digits(x[few], y[few], 400, seed=0)
    got = stacked_modes(Generator(images), samples=300, seed=2)
    assert got["modes"].value == 8 and got["kl_nats"].value > np.log(1000 / 8) - 0.1
    assert got["modes"].protocol == {
        "data": "stacked digits",
        "modes": 1000,
        "min_count": 1,
        "fake": 300,
        "extractor": "digits_fashion",
        "extractor_sha256": embedded_extractor().sha256,
        "resize": "pillow_bicubic",
        "seed": 2,
    }


def test_channels_count_in_their_order(digits):
    x, y = digits
    one, two = (x[y == label][:1, ..., 0] for label in (1, 2))
    images = np.stack([one, one, two], axis=-1).repeat(2, axis=0)
    images[1] = np.stack([two[0], one[0], one[0]], axis=-1)
    assert stacked_modes(images)["modes"].value == 2
    assert stacked_modes(images[:1].repeat(2, axis=0))["modes"].value == 1


def test_what_is_wrong_with_stacked_digits(digits):
    with pytest.raises(ValueError, match=r"in three channels; got images \(28, 28, 1\)"):
        stacked_modes(digits[0][:5])
    with pytest.raises(ValueError, match="uint8 images in 0..255; got float64"):
        stacked_modes(np.zeros((4, 28, 28, 3)))
    model = embedded_extractor()._model
    with pytest.raises(ValueError, match="with class probabilities; only has none"):
        stacked_modes(
            np.zeros((4, 28, 28, 3), np.uint8),
            extractor=KerasExtractor(model, "features", name="only"),
        )
