"""The kernel distance against its definition."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_genzoo.metrics import kernel_distance

RNG = np.random.default_rng(0)


def by_definition(x, y):
    """Unbiased MMD^2, pair by pair."""

    def k(a, b):
        return (sum(p * q for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3

    n, m = len(x), len(y)
    xx = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    xy = sum(k(a, b) for a in x for b in y) / (n * m)
    return xx + yy - 2 * xy


def test_one_subset_of_everything_is_the_definition():
    # Not in their order, but all of them: the same sums.
    x, y = RNG.normal(size=(15, 4)), RNG.normal(size=(15, 4)) + 0.3
    got = kernel_distance(x, y, subsets=3, subset_size=15)
    assert got.mean == pytest.approx(by_definition(x, y), rel=1e-12)
    assert got.std == pytest.approx(0, abs=1e-12)


def test_subsets_of_two_average_to_the_whole():
    # Each pair is drawn equally often, without replacement.
    x, y = RNG.normal(size=(5, 3)), RNG.normal(size=(6, 3)) + 1
    subsets = 20_000
    mean, std = kernel_distance(x, y, subsets=subsets, subset_size=2, seed=1)
    assert abs(mean - by_definition(x, y)) < 4 * std / np.sqrt(subsets)
    assert std > 0


def test_std_is_of_the_subsets():
    x, y = RNG.normal(size=(300, 3)), RNG.normal(size=(300, 3))
    many = kernel_distance(x, y, subsets=400, subset_size=30)
    few = kernel_distance(x, y, subsets=100, subset_size=30)
    assert many.std == pytest.approx(few.std, rel=0.3)


def test_is_unbiased():
    # 400 independent pairs of sets of one distribution: the mean is 0 within its error.
    estimates = [
        kernel_distance(*RNG.normal(size=(2, 20, 3)), subsets=1, subset_size=20).mean
        for _ in range(400)
    ]
    assert abs(np.mean(estimates)) < 4 * np.std(estimates) / 20
    assert min(estimates) < 0


def test_the_seed_repeats():
    x, y = RNG.normal(size=(2, 100, 3))
    one = kernel_distance(x, y, subsets=5, subset_size=20, seed=3)
    assert one == kernel_distance(x, y, subsets=5, subset_size=20, seed=3)
    assert one != kernel_distance(x, y, subsets=5, subset_size=20, seed=4)


def test_integers_are_computed_in_float64():
    x, y = RNG.integers(0, 256, (2, 50, 8))
    want = kernel_distance(x.astype(float), y.astype(float), subsets=2, subset_size=50)
    got = kernel_distance(x.astype("uint8"), y.astype("uint8"), subsets=2, subset_size=50)
    assert got.mean == pytest.approx(want.mean, rel=1e-12)


def test_digits_halves_are_near_noise_and_a_missing_class_are_far():
    x, labels = load_digits(return_X_y=True)
    x = x / 16
    one, two = np.array_split(RNG.permutation(len(x)), 2)
    options = {"subsets": 10, "subset_size": 500}
    near = kernel_distance(x[one], x[two], **options)
    missing = kernel_distance(x[one], x[two][labels[two] != 0], **options)
    noise = kernel_distance(x[one], RNG.uniform(0, 1, x.shape), **options)
    assert abs(near.mean) < 2 * near.std
    assert missing.mean > near.mean + near.std
    assert noise.mean > 100 * abs(near.mean)


@pytest.mark.parametrize(
    "real, fake, options, message",
    [
        (100, 2000, {}, "subset_size=1000 needs at least 1000 rows of real features; got 100"),
        (20, 19, {"subset_size": 20}, "needs at least 20 rows of fake features; got 19"),
        (20, 20, {"subset_size": 1}, "subset_size, an integer of at least 2; got 1"),
        (20, 20, {"subset_size": 2, "subsets": 0}, "subsets, a positive integer; got 0"),
        (20, 20, {"subset_size": 2, "subsets": 1.0}, "subsets, a positive integer; got 1.0"),
    ],
)
def test_what_is_wrong_with_the_counts(real, fake, options, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(np.zeros((real, 3)), np.zeros((fake, 3)), **options)


def test_what_is_wrong_with_the_features():
    good = np.zeros((20, 3))
    bad = good.copy()
    bad[3, :2] = np.nan
    with pytest.raises(ValueError, match="fake features; 2 of 60 values are NaN or infinite"):
        kernel_distance(good, bad, subset_size=5)
    with pytest.raises(ValueError, match="same size; got 3 and 2"):
        kernel_distance(good, good[:, :2], subset_size=5)
