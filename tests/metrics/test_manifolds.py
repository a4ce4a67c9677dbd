"""Precision, recall, density and coverage against loops, and what each is meant to see."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_genzoo.metrics import density_coverage, distances, precision_recall

RNG = np.random.default_rng(0)


def distance(a, b):
    return np.sqrt(((a - b) ** 2).sum())


def radii(x, k):
    others = lambda i: [distance(x[i], x[j]) for j in range(len(x)) if j != i]  # noqa: E731
    return [sorted(others(i))[k - 1] for i in range(len(x))]


def reference(real, fake, k):
    """Precision, recall, density, coverage by their definitions."""
    r, f = radii(real, k), radii(fake, k)
    inside = [[distance(x, y) <= r[i] for y in fake] for i, x in enumerate(real)]
    precision = np.mean([any(row[j] for row in inside) for j in range(len(fake))])
    recall = np.mean([any(distance(x, y) <= f[j] for j, y in enumerate(fake)) for x in real])
    density = np.sum(inside) / (k * len(fake))
    coverage = np.mean([any(row) for row in inside])
    return precision, recall, density, coverage


@pytest.fixture(params=[False, True], ids=["one tile", "many tiles"])
def tile_size(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(distances, "_step", lambda d: 7)


@pytest.mark.parametrize("k", [1, 3, 6])
@pytest.mark.parametrize("d", [1, 2, 20])
def test_are_what_loops_compute(k, d, tile_size):
    real, fake = RNG.normal(size=(40, d)), 1.2 * RNG.normal(size=(31, d)) + 0.3
    got = *precision_recall(real, fake, k), *density_coverage(real, fake, k)
    np.testing.assert_allclose(got, reference(real, fake, k), rtol=1e-12)


def test_ties_and_copies_are_inside_in_spite_of_rounding(tile_size):
    # Few whole numbers, then shifted and scaled: distances tie and points repeat all the time, and
    # their squares are rounded differently on either side.
    real, fake = RNG.integers(0, 4, (2, 40, 3)).astype(float)
    want = reference(real, fake, 3)
    for scale, shift in ((1, 0), (1 / 3, 0.1), (0.7, 1e3)):
        x, y = scale * real + shift, scale * fake + shift
        got = *precision_recall(x, y, 3), *density_coverage(x, y, 3)
        np.testing.assert_allclose(got, want, rtol=1e-12)


def test_a_large_common_offset_does_not_matter():
    real, fake = RNG.normal(size=(2, 60, 5))
    for metric in (precision_recall, density_coverage):
        assert metric(real + 1e6, fake + 1e6) == metric(real, fake)


def test_repeated_points_have_no_radius():
    # With k + 1 copies of each point all balls are points; off them nothing is covered.
    real = np.repeat(np.eye(3), 4, axis=0)
    assert precision_recall(real, real, 3) == (1, 1)
    assert density_coverage(real, real, 3).coverage == 1
    assert precision_recall(real, real + 1e-3, 3) == (0, 0)
    # A fifth neighbour is not a copy.
    assert precision_recall(real, real + 1e-3, 4) == (1, 1)


def test_expected_values_between_draws_of_one_distribution():
    k, n, rounds = 5, 200, 30
    got = [density_coverage(*RNG.normal(size=(2, n, 3)), k) for _ in range(rounds)]
    outside = np.prod([(n - i) / (2 * n - i) for i in range(1, k + 1)])
    assert np.mean([g.coverage for g in got]) == pytest.approx(1 - outside, abs=0.01)
    assert np.mean([g.density for g in got]) == pytest.approx(1, abs=0.03)


def test_invented_and_dropped_modes_are_told_apart():
    a, b = RNG.normal(size=(2, 200, 2)), RNG.normal(size=(2, 200, 2)) + 50
    both = np.concatenate([a[0], b[0]])
    dropped = precision_recall(both, a[1])
    invented = precision_recall(a[1], both)
    assert dropped.precision > 0.9 and dropped.recall == pytest.approx(0.5, abs=0.05)
    assert invented.recall > 0.9 and invented.precision == pytest.approx(0.5, abs=0.05)
    assert density_coverage(both, a[1]).coverage == pytest.approx(0.5, abs=0.05)
    assert density_coverage(a[1], both).density == pytest.approx(0.5, abs=0.1)


def test_digits_halves_noise_and_a_missing_class():
    x, labels = load_digits(return_X_y=True)
    one, two = np.array_split(np.random.default_rng(1).permutation(len(x)), 2)
    kept = two[labels[two] != 0]
    zeros = labels[one] == 0
    near, far = precision_recall(x[one], x[two]), precision_recall(x[one], x[kept])
    assert min(near) > 0.85
    assert near.recall - far.recall > 0.7 * zeros.mean()
    covered = density_coverage(x[one], x[two])
    assert covered.coverage > 0.93 and covered.density == pytest.approx(1, abs=0.15)
    assert covered.coverage - density_coverage(x[one], x[kept]).coverage > 0.7 * zeros.mean()
    noise = np.random.default_rng(0).uniform(0, 16, (500, 64))
    assert precision_recall(x[one], noise) == (0, 0)
    assert density_coverage(x[one], noise) == (0, 0)


def test_outliers_raise_recall_but_not_coverage():
    # The reason for coverage: one far-off pair of fakes has a ball around everything.
    real = RNG.normal(size=(100, 2))
    fake = np.concatenate([np.full((1, 2), 100.0), np.full((1, 2), -100.0)])
    assert precision_recall(real, fake, 1).recall == 1
    assert density_coverage(real, fake, 1) == (0, 0)


@pytest.mark.parametrize(
    "metric, name", [(precision_recall, "precision"), (density_coverage, "dens")]
)
def test_what_is_wrong(metric, name):
    x = np.zeros((4, 3))
    with pytest.raises(
        ValueError, match=rf"{name}.*k=4 needs at least 5 rows of real features; got 4"
    ):
        metric(x, x, 4)
    with pytest.raises(ValueError, match="k, a positive integer; got 0"):
        metric(x, x, 0)
    with pytest.raises(ValueError, match="k, a positive integer; got True"):
        metric(x, x, True)
    with pytest.raises(ValueError, match="12 of 12 values are NaN"):
        metric(x, x * np.nan, 3)
    with pytest.raises(ValueError, match="same size; got 3 and 2"):
        metric(x, x[:, :2], 3)
    with pytest.raises(ValueError, match=r"\(n, d\); got \(4,\)"):
        metric(x[:, 0], x, 3)


def test_too_few_fakes():
    x = np.zeros((9, 3))
    with pytest.raises(ValueError, match="k=3 needs at least 4 rows of fake features; got 3"):
        precision_recall(x, x[:3], 3)
    with pytest.raises(ValueError, match="needs at least 1 rows of fake features; got 0"):
        density_coverage(x, x[:0], 3)
    assert density_coverage(x, x[:1], 3).coverage == 1
