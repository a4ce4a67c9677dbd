"""A generator that copies is caught, one that does not is not, and both can be seen."""

import numpy as np
import pytest
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo.metrics import embedded_extractor, memorization, memorization_picture
from keras_genzoo.metrics.memorization_picture import _pairs


@pytest.fixture(scope="module")
def digits():
    """Training images, those held out for the threshold, and new ones; uint8 (n, 28, 28, 1)."""
    # In random order: neighbours in the set have one writer.
    test = np.random.default_rng(0).permutation(zoo.data.load("digits", "test").x)
    return zoo.data.load("digits", "train").x, test[:200], test[200:]


class Copying:
    """Gives back training images with a little noise, one in `every` samples; else new ones."""

    def __init__(self, training, new, every):
        self.training, self.new, self.every = training, new, every

    def sample(self, n, *, seed):
        rng = np.random.default_rng(seed)
        copies = self.training[rng.choice(len(self.training), n, replace=False)]
        copies = np.clip(copies + rng.normal(0, 4, copies.shape), 0, 255).astype(np.uint8)
        copied = np.arange(n) % self.every == 0
        return np.where(copied[:, None, None, None], copies, self.new[:n])


def in_both_spaces(samples, training, held_out):
    look = embedded_extractor().features
    return {
        "pixels": memorization(samples, training, held_out),
        "features": memorization(look(samples), look(training), look(held_out)),
    }


@pytest.mark.parametrize("every", [1, 4])
def test_a_generator_that_copies_is_caught(digits, every):
    training, held_out, new = digits
    samples = Copying(training, new, every).sample(150, seed=0)
    for result in in_both_spaces(samples, training, held_out).values():
        assert result.p_value < 1e-5
        assert result.share > 0.6 / every
        nearest = np.argsort(result.distances)[: 100 // every]
        assert (nearest % every == 0).mean() > 0.95


def test_one_that_does_not_copy_is_not(digits):
    training, held_out, new = digits
    for result in in_both_spaces(new, training, held_out).values():
        assert result.p_value > 0.01


def test_the_picture_shows_the_nearest_pairs(digits, tmp_path):
    training, held_out, new = digits
    samples = np.concatenate([new[:20], training[[700]]])
    results = in_both_spaces(samples, training, held_out)
    for block, result in zip(
        _pairs(samples, training, results, 5).subfigs, results.values(), strict=True
    ):
        shown = [ax.images[0].get_array() for ax in block.axes]
        nearest = np.argsort(result.distances)[:5]
        np.testing.assert_array_equal(shown[:5], samples[nearest, ..., 0])
        np.testing.assert_array_equal(shown[5:], training[result.neighbors[nearest], ..., 0])
        # The copy comes first, in red.
        np.testing.assert_array_equal(shown[0], shown[5])
        titles = [ax.title for ax in block.axes[:5]]
        assert float(titles[0].get_text()) == 0 and titles[0].get_color() == "tab:red"
        assert float(titles[4].get_text()) == pytest.approx(result.distances[nearest[4]], rel=1e-3)
    path = tmp_path / "memorization.png"
    memorization_picture(samples, training, results, path)
    memorization_picture(samples.repeat(3, -1), training.repeat(3, -1), results["pixels"], path)
    assert [found.name for found in tmp_path.iterdir()] == ["memorization.png"]
    with Image.open(path) as picture:
        assert picture.width > 500


def test_what_is_wrong_with_the_picture(digits, tmp_path):
    training, held_out, new = digits
    result = memorization(new, training, held_out)
    path = tmp_path / "x.png"
    with pytest.raises(ValueError, match="results of these 5 samples .* those of 155 samples"):
        memorization_picture(new[:5], training, result, path)
    with pytest.raises(ValueError, match="and 10 training examples; .* with a neighbour number"):
        memorization_picture(new, training[:10], result, path)
    with pytest.raises(ValueError, match="uint8 images in 0..255; got float64"):
        memorization_picture(new / 255, training, result, path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError):
        memorization_picture(new, training, result, tmp_path / "absent" / "x.png")
