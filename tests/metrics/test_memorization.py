"""Copies are caught, real data are not; neighbours against loops."""

import numpy as np
import pytest
import scipy.stats
from sklearn.datasets import load_digits

from keras_genzoo.metrics import distances, memorization, nearest_neighbors

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def digits():
    """Training, held-out and more real images (n, 8, 8, 1), uint8, without repetitions."""
    images = np.unique(load_digits().data.astype("uint8"), axis=0).reshape(-1, 8, 8, 1)
    images = images[np.random.default_rng(0).permutation(len(images))]
    return images[:900], images[900:1350], images[1350:]


@pytest.mark.parametrize("step", [None, 7])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_neighbors_are_what_loops_find(step, dtype, monkeypatch):
    if step:
        monkeypatch.setattr(distances, "_step", lambda d: step)
    x, y = (RNG.integers(0, 256, (n, 3, 2, 1)).astype(dtype) for n in (30, 40))
    y[5] = x[3]
    for k in (1, 4, 40):
        got, index = nearest_neighbors(x, y, k)
        for i in range(30):
            rows = sorted(
                (np.sqrt(np.square(x[i].astype(float) - y[j].astype(float)).sum()), j)
                for j in range(40)
            )
            np.testing.assert_allclose(got[i], [r for r, _ in rows[:k]], rtol=1e-12)
            np.testing.assert_allclose(
                [np.linalg.norm(x[i].astype(float) - y[j]) for j in index[i]], got[i], rtol=1e-12
            )
            assert len(set(index[i])) == k
        assert got[3, 0] == 0 and index[3, 0] == 5
    assert got.dtype == np.float64 and index.dtype == np.int64


def test_a_copy_is_at_exactly_zero_among_large_offsets():
    x = RNG.normal(size=(50, 100)) + 1e5
    got, index = nearest_neighbors(x[::-1], x)
    np.testing.assert_array_equal(got, 0)
    np.testing.assert_array_equal(index[:, 0], np.arange(50)[::-1])


def test_a_copying_generator_is_caught(digits):
    training, held_out, _ = digits
    samples = training[RNG.integers(len(training), size=300)]
    got = memorization(samples, training, held_out)
    assert got.share == 1 and got.p_value < 1e-12 and got.threshold > 0
    np.testing.assert_array_equal(training[got.neighbors], samples)
    np.testing.assert_array_equal(got.distances, 0)


def test_a_tenth_of_noisy_copies_is_caught(digits):
    training, held_out, more = digits
    noisy = np.clip(training[:30] + RNG.integers(0, 2, (30, 8, 8, 1)), 0, 16).astype("uint8")
    got = memorization(np.concatenate([noisy, more[:270]]), training, held_out)
    assert got.share > 0.09 and got.p_value < 1e-4
    assert set(np.argsort(got.distances)[:25]) <= set(range(30))


def test_real_held_out_data_are_not_flagged(digits):
    training, held_out, more = digits
    got = memorization(more, training, held_out, quantile=0.05)
    assert got.p_value > 0.01
    assert got.share == pytest.approx(got.expected_share, abs=0.04)
    # Bad samples are no copies.
    noise = RNG.integers(0, 17, more.shape).astype("uint8")
    assert memorization(noise, training, held_out)[::2][:1] == (0,)
    assert memorization(noise, training, held_out).p_value == pytest.approx(1)


def test_the_p_value_is_the_ranks():
    training = np.zeros((1, 1))
    held_out = np.arange(1.0, 201)[:, None]  # threshold at quantile 0.02: 4
    for near, n in ((0, 50), (1, 50), (3, 50), (10, 50), (50, 50)):
        samples = np.concatenate([np.full(near, 0.5), np.full(n - near, 300.0)])[:, None]
        got = memorization(samples, training, held_out, quantile=0.02)
        assert got.threshold == 4 and got.share == near / n
        # Samples drawn before the 4th held-out example.
        want = scipy.stats.nhypergeom(n + 200, n, 4).sf(near - 1)
        assert got.p_value == pytest.approx(want, rel=1e-8)
        assert got.expected_share == pytest.approx(4 / 201)


def test_false_alarms_are_as_rare_as_the_p_value_says():
    alarms = 0
    for _ in range(400):
        training, held_out, samples = RNG.normal(size=(3, 60, 2))
        alarms += memorization(samples, training, held_out, quantile=0.1).p_value <= 0.05
    assert alarms <= 0.05 * 400 + 3 * np.sqrt(400 * 0.05 * 0.95)
    assert alarms >= 3


def test_held_out_data_that_repeat_the_training_set(digits):
    training, held_out, more = digits
    with pytest.raises(ValueError, match="100 of 100 are copies of training examples"):
        memorization(more, training, training[:100])


@pytest.mark.parametrize(
    "samples, training, held_out, message",
    [
        (
            np.zeros((5, 3)),
            np.zeros((5, 3)),
            np.zeros((99, 3)),
            "at least 100 rows of held_out; got 99",
        ),
        (
            np.zeros((0, 3)),
            np.zeros((5, 3)),
            np.zeros((100, 3)),
            "at least 1 rows of samples; got 0",
        ),
        (np.zeros((5, 3)), np.zeros((0, 3)), np.zeros((100, 3)), "at least 1 rows of training"),
        (np.zeros((5, 3)), np.zeros((5, 4)), np.zeros((100, 3)), r"same shape; got samples \(3,\)"),
        (np.zeros((5, 2, 2, 1)), np.zeros((5, 4)), np.zeros((100, 4)), "same shape; got samples"),
        (np.zeros(5), np.zeros((5, 4)), np.zeros((100, 4)), r"\(n, ...\); got \(5,\)"),
        (np.full((5, 3), np.nan), np.zeros((5, 3)), np.zeros((100, 3)), "15 of 15 values are NaN"),
        (
            np.ones((5, 3)),
            np.full((5, 3), 9, "uint8"),
            np.ones((100, 3), "uint8"),
            "same scale; samples",
        ),
    ],
)
def test_what_is_wrong(samples, training, held_out, message):
    with pytest.raises(ValueError, match=message):
        memorization(samples, training, held_out)


def test_binary_images_of_two_types_are_of_one_scale():
    x = np.eye(4)
    np.testing.assert_array_equal(nearest_neighbors(x, x.astype("uint8"))[0], 0)


def test_what_is_wrong_with_the_numbers():
    x = np.zeros((5, 3))
    with pytest.raises(ValueError, match="k=6 needs at least 6 rows of training; got 5"):
        nearest_neighbors(x, x, 6)
    with pytest.raises(ValueError, match="k, a positive integer; got 0"):
        nearest_neighbors(x, x, 0)
    for quantile in (0, 1, None):
        with pytest.raises(ValueError, match="quantile, a number between 0 and 1"):
            memorization(x, x, x, quantile)
