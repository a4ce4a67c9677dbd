"""The Fréchet distance against closed forms and scipy's matrix square root."""

import numpy as np
import pytest
import scipy.linalg
from sklearn.datasets import load_digits

from keras_genzoo.metrics import (
    FeatureStatistics,
    frechet_distance,
    frechet_distance_from_statistics,
)


def reference(x, y):
    """As published implementations have it, by scipy."""
    s1, s2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = scipy.linalg.sqrtm(s1 @ s2)
    return np.square(x.mean(0) - y.mean(0)).sum() + np.trace(s1 + s2 - 2 * root.real)


def correlated(rng, n, d, shift=0.0):
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + shift


def random_covariance(rng, d):
    a = rng.normal(size=(d, 2 * d))
    return a @ a.T / d


@pytest.mark.parametrize("d", [1, 2, 50])
def test_is_what_scipy_computes(d):
    rng = np.random.default_rng(d)
    x, y = correlated(rng, 300, d), correlated(rng, 411, d, shift=0.5)
    want = (
        reference(x, y)
        if d > 1
        else (x.mean() - y.mean()) ** 2 + (x.std(ddof=1) - y.std(ddof=1)) ** 2
    )
    assert frechet_distance(x, y) == pytest.approx(want, rel=1e-9)


def test_commuting_gaussians_have_the_closed_form():
    # Shared axes Q: ||m1 - m2||^2 + sum (sqrt(a) - sqrt(b))^2.
    rng = np.random.default_rng(0)
    q = np.linalg.qr(rng.normal(size=(40, 40)))[0]
    a, b = rng.uniform(0.1, 5, (2, 40))
    m1, m2 = rng.normal(size=(2, 40))
    want = np.square(m1 - m2).sum() + np.square(np.sqrt(a) - np.sqrt(b)).sum()
    got = frechet_distance_from_statistics(m1, q * a @ q.T, m2, q * b @ q.T)
    assert got == pytest.approx(want, rel=1e-12)


def test_non_commuting_gaussians_in_two_dimensions_have_the_closed_form():
    # tr (S1 S2)^(1/2) = sqrt(tr S1 S2 + 2 sqrt(det S1 S2)) for 2 x 2.
    rng = np.random.default_rng(1)
    s1, s2 = random_covariance(rng, 2), random_covariance(rng, 2)
    product = s1 @ s2
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    want = np.trace(s1 + s2) - 2 * root
    assert np.abs(product - product.T).max() > 0.01
    got = frechet_distance_from_statistics(np.zeros(2), s1, np.zeros(2), s2)
    assert got == pytest.approx(want, rel=1e-12)


def test_fewer_samples_than_features():
    # The trace of the root from the features themselves: the nuclear norm of X Y^T, without ever
    # forming a singular covariance.
    rng = np.random.default_rng(2)
    x, y = correlated(rng, 20, 300), correlated(rng, 31, 300, shift=0.1)
    a, b = (z - z.mean(0) for z in (x, y))
    root = np.linalg.norm(a @ b.T, "nuc") / np.sqrt(19 * 30)
    variances = np.var(x, 0, ddof=1).sum() + np.var(y, 0, ddof=1).sum()
    want = np.square(x.mean(0) - y.mean(0)).sum() + variances - 2 * root
    assert frechet_distance(x, y) == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize("n", [30, 400])
def test_is_zero_between_equal_sets_and_never_negative(n):
    rng = np.random.default_rng(n)
    x = correlated(rng, n, 200)
    # Singular covariances, too: rounding must not come back as its square root.
    assert 0 <= frechet_distance(x, x) < 1e-9 * np.trace(np.cov(x, rowvar=False))
    assert 0 <= frechet_distance(x, x[::-1]) < 1e-9 * np.trace(np.cov(x, rowvar=False))


def test_rounding_never_makes_it_negative():
    rng = np.random.default_rng(10)
    for _ in range(30):
        s = random_covariance(rng, 8)
        assert 0 <= frechet_distance_from_statistics(s[0], s, s[0], s) < 1e-12


def test_small_eigenvalues_count():
    a, b = np.array([1, 1e-4, 1e-11]), np.array([1e-11, 1e-4, 1])
    want = np.square(np.sqrt(a) - np.sqrt(b)).sum()
    q = np.linalg.qr(np.random.default_rng(11).normal(size=(3, 3)))[0]
    zero = np.zeros(3)
    got = frechet_distance_from_statistics(zero, q * a @ q.T, zero, q * b @ q.T)
    assert got == pytest.approx(want, rel=1e-9)
    assert want == pytest.approx(2 - 4 * np.sqrt(1e-11), rel=1e-9)


def test_constant_features():
    x = np.zeros((5, 3))
    assert frechet_distance(x, x) == 0
    assert frechet_distance(x, x + 2) == pytest.approx(12)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32"])
def test_every_type_is_computed_in_float64(dtype):
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 256, (2, 300, 10))
    want = reference(x.astype(float), y.astype(float))
    assert frechet_distance(x.astype(dtype), y.astype(dtype)) == pytest.approx(want, rel=1e-10)


def test_a_large_common_offset_does_not_cancel():
    rng = np.random.default_rng(4)
    x, y = correlated(rng, 3000, 8), correlated(rng, 3000, 8)
    assert frechet_distance(x + 1e6, y + 1e6) == pytest.approx(frechet_distance(x, y), rel=1e-6)


@pytest.mark.parametrize("size", [1, 7, 64, 1000, 5000])
def test_streaming_equals_the_whole_whatever_the_batch_size(size):
    rng = np.random.default_rng(5)
    x = correlated(rng, 5000, 12, shift=100.0)
    statistics, whole = FeatureStatistics(), FeatureStatistics().update(x)
    for i in range(0, len(x), size):
        statistics.update(x[i : i + size])
        assert statistics.count == min(i + size, len(x))
    np.testing.assert_allclose(statistics.mean, x.mean(0), rtol=1e-13)
    np.testing.assert_allclose(
        statistics.covariance, np.cov(x, rowvar=False), rtol=1e-11, atol=1e-12
    )
    np.testing.assert_array_equal(statistics.mean, whole.mean)
    np.testing.assert_array_equal(statistics.covariance, whole.covariance)


def test_order_does_not_matter_and_looking_does_not_disturb():
    rng = np.random.default_rng(6)
    x = correlated(rng, 3000, 5)
    forward, backward = FeatureStatistics(), FeatureStatistics()
    for i in range(0, 3000, 100):
        forward.update(x[i : i + 100])
        assert forward.covariance.shape == (5, 5)
        backward.update(x[::-1][i : i + 100])
    np.testing.assert_array_equal(forward.covariance, FeatureStatistics().update(x).covariance)
    np.testing.assert_allclose(backward.covariance, forward.covariance, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(backward.mean, forward.mean, atol=1e-13)


@pytest.mark.parametrize("cut", [0, 1, 700, 2000, 2999, 3000])
def test_merging_equals_one_pass(cut):
    rng = np.random.default_rng(7)
    x = correlated(rng, 3000, 5, shift=3.0)
    one, two = FeatureStatistics(), FeatureStatistics()
    if cut:
        one.update(x[:cut])
    if cut < 3000:
        two.update(x[cut:])
        kept = two.mean, two.count
    merged = one.merge(two)
    assert merged is one and merged.count == 3000
    np.testing.assert_allclose(merged.covariance, np.cov(x, rowvar=False), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(merged.mean, x.mean(0), rtol=1e-12)
    if cut < 3000:
        one.update(x + 50)
        np.testing.assert_array_equal(two.mean, kept[0])
        assert two.count == kept[1]


def test_memory_does_not_grow_with_the_rows():
    statistics = FeatureStatistics()
    for _ in range(20):
        statistics.update(np.ones((1000, 4)))
    held = [a for v in vars(statistics).values() for a in (v if isinstance(v, tuple) else [v])]
    assert sum(a.size for a in held if isinstance(a, np.ndarray)) < 5000


def test_a_refused_batch_leaves_the_statistics_alone():
    statistics = FeatureStatistics().update(np.arange(12.0).reshape(4, 3))
    with pytest.raises(ValueError, match="1 of 6 values are NaN or infinite"):
        statistics.update([[1, 2, np.nan], [1, 2, 3]])
    with pytest.raises(ValueError, match="size 3, as before; got size 2"):
        statistics.update(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="size 3, as before; got size 2"):
        statistics.merge(FeatureStatistics().update(np.zeros((4, 2))))
    assert statistics.count == 4
    np.testing.assert_array_equal(statistics.mean, [4.5, 5.5, 6.5])


def test_published_statistics():
    rng = np.random.default_rng(8)
    x, y = correlated(rng, 300, 6), correlated(rng, 300, 6)
    mean, covariance = x.mean(0), np.cov(x, rowvar=False)
    fake = FeatureStatistics().update(y)
    got = frechet_distance_from_statistics(mean, covariance, fake.mean, fake.covariance)
    assert got == pytest.approx(frechet_distance(x, y), rel=1e-10)
    in_float32 = frechet_distance_from_statistics(
        mean.astype("float32"), covariance.astype("float32"), fake.mean, fake.covariance
    )
    assert in_float32 == pytest.approx(got, rel=1e-4)


def test_digits_halves_are_near_noise_and_a_missing_class_are_far():
    x, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(9).permutation(len(x))
    one, two = np.array_split(order, 2)
    near = frechet_distance(x[one], x[two])
    missing = frechet_distance(x[one], x[two][labels[two] != 0])
    noise = frechet_distance(x[one], np.random.default_rng(0).uniform(0, 16, x.shape))
    assert near < 0.03 * np.trace(np.cov(x, rowvar=False))
    assert missing > 1.5 * near
    assert noise > 20 * near


@pytest.mark.parametrize(
    "real, fake, message",
    [
        (np.zeros((1, 3)), np.zeros((9, 3)), "needs at least 2 rows of real features; got 1"),
        (np.zeros((9, 3)), np.zeros((0, 3)), "needs at least 2 rows of fake features; got 0"),
        (np.zeros((9, 3)), np.zeros((9, 4)), "same size; got 3 and 4"),
        (np.zeros((9, 2, 2, 1)), np.zeros((9, 4)), r"\(n, d\); got \(9, 2, 2, 1\). Flatten"),
        (np.zeros(9), np.zeros((9, 4)), r"\(n, d\); got \(9,\)"),
        (np.full((9, 4), np.inf), np.zeros((9, 4)), "36 of 36 values are NaN or infinite"),
        (np.zeros((9, 4)), [["a"] * 4] * 9, "real numbers; got dtype <U1"),
    ],
)
def test_what_is_wrong_with_the_features(real, fake, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(real, fake)


@pytest.mark.parametrize(
    "mean, covariance, message",
    [
        (np.zeros(3), np.eye(2), r"got \(3,\) and \(2, 2\)"),
        (np.zeros(3), np.eye(3), "same size; got 3 and 2"),
        (np.array([0, np.nan]), np.eye(2), "1 of 2 values are NaN"),
        (np.zeros(2), np.full((2, 2), np.inf), "4 of 4 values are NaN or infinite"),
        (np.zeros(2), np.array([[1, 0.5], [0.4, 1]]), "differs from its transpose by 0.1"),
        (np.zeros(2), np.diag([1, -0.5]), "negative eigenvalues; the least is -0.5"),
        (np.zeros(2), np.diag([-1, -0.5]), "negative eigenvalues; the least is -1"),
    ],
)
def test_what_is_wrong_with_the_statistics(mean, covariance, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance_from_statistics(mean, covariance, np.zeros(2), np.eye(2))


def test_statistics_of_nothing():
    with pytest.raises(ValueError, match="mean needs at least 1 rows of features; got 0"):
        FeatureStatistics().mean  # noqa: B018
    with pytest.raises(ValueError, match="covariance needs at least 2 rows of features; got 1"):
        FeatureStatistics().update([[1.0, 2.0]]).covariance  # noqa: B018
