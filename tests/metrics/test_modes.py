"""Mode counts on the mixtures themselves, on collapsed samples, and on labels."""

import numpy as np
import pytest

from keras_genzoo.data import mixtures
from keras_genzoo.metrics import labelled_modes, mode_coverage

RING = mixtures.ring_centers(), mixtures.RING_STD
GRID = mixtures.grid_centers(), mixtures.GRID_STD


@pytest.mark.parametrize("name, mode, modes", [("ring", RING, 8), ("grid", GRID, 25)])
def test_the_mixture_itself(name, mode, modes):
    x, labels = getattr(mixtures, name)("test")
    got = mode_coverage(x, *mode)
    assert got.modes == modes
    # Of a round Gaussian in two dimensions, 1 - exp(-9 / 2) lies within 3 sigma.
    assert got.good_share == pytest.approx(1 - np.exp(-4.5), abs=0.004)
    good = np.linalg.norm(x - mode[0][labels], axis=1) <= 3 * mode[1]
    np.testing.assert_array_equal(got.counts, np.bincount(labels[good], minlength=modes))


def test_collapse_and_strays():
    centers, std = GRID
    samples = np.concatenate([centers[[3] * 6 + [7] * 2], np.full((2, 2), 1.0)])
    got = mode_coverage(samples, centers, std)
    assert (got.modes, got.good_share) == (2, 0.8)
    assert got.counts[3] == 6 and got.counts[7] == 2 and got.counts.shape == (25,)
    assert mode_coverage(samples, centers, std, min_count=3).modes == 1
    assert mode_coverage(np.zeros((5, 2)), *RING)[:2] == (0, 0.0)


def test_the_threshold_is_a_radius_in_deviations():
    centers = np.zeros((1, 2))
    samples = 0.1 * np.array([[2.9, 0], [3.1, 0], [2.2, 2.2], [0, -1.5]])
    assert mode_coverage(samples, centers, 0.1).good_share == 0.5
    assert mode_coverage(samples, centers, 0.1, threshold_sigmas=2).good_share == 0.25
    assert mode_coverage(samples, centers, 0.2).good_share == 1


@pytest.mark.parametrize(
    "samples, options, message",
    [
        (np.zeros((0, 2)), {}, "needs at least 1 rows of samples; got 0"),
        (np.zeros((4, 3)), {}, "same size; got 3 and 2"),
        (np.full((4, 2), np.nan), {}, "finite samples; 8 of 8"),
        (np.zeros(4), {}, r"\(n, d\); got \(4,\)"),
        (np.zeros((4, 2)), {"std": 0}, "std, a number between 0 and inf; got 0"),
        (np.zeros((4, 2)), {"std": "x"}, "std, a number between 0 and inf; got 'x'"),
        (np.zeros((4, 2)), {"threshold_sigmas": -1}, "threshold_sigmas, a number between"),
        (np.zeros((4, 2)), {"min_count": 0}, "min_count, a positive integer; got 0"),
    ],
)
def test_what_is_wrong_with_the_samples(samples, options, message):
    with pytest.raises(ValueError, match=message):
        mode_coverage(samples, **{"centers": RING[0], "std": RING[1], **options})


def test_labels():
    even = labelled_modes(np.repeat(np.arange(1000), 26), 1000)
    assert even[:2] == (1000, pytest.approx(0, abs=1e-12))
    one = labelled_modes(np.full(50, 7), 1000)
    assert one[:2] == (1, pytest.approx(np.log(1000)))
    # KL((1/2, 1/4, 1/4, 0) || uniform)
    got = labelled_modes([0, 0, 1, 2], 4)
    want = 0.5 * np.log(2) + 2 * 0.25 * np.log(1)
    assert (got.modes, got.kl_nats) == (3, pytest.approx(want))
    np.testing.assert_array_equal(got.counts, [2, 1, 1, 0])
    assert labelled_modes([0, 0, 1, 2], 4, min_count=2).modes == 1


def test_the_kl_of_uniform_draws_is_its_bias():
    rng = np.random.default_rng(0)
    n, modes = 26_000, 1000
    got = np.mean([labelled_modes(rng.integers(modes, size=n), modes).kl_nats for _ in range(20)])
    assert got == pytest.approx((modes - 1) / (2 * n), rel=0.03)


@pytest.mark.parametrize(
    "labels, num_modes, message",
    [
        ([], 10, "needs at least 1 rows of labels; got 0"),
        ([0.5, 1.0], 10, r"integers; got \(2,\) of float64"),
        (np.zeros((4, 10)), 10, "argmax"),
        ([0, 10], 10, r"0..9; got 0..10"),
        ([-1, 3], 10, r"0..9; got -1..3"),
        ([0], 0, "num_modes, a positive integer; got 0"),
    ],
)
def test_what_is_wrong_with_the_labels(labels, num_modes, message):
    with pytest.raises(ValueError, match=message):
        labelled_modes(labels, num_modes)
