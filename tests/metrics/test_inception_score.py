"""The inception score against its definition and its extremes."""

import numpy as np
import pytest

from keras_genzoo.metrics import ProbabilityStatistics, inception_score

RNG = np.random.default_rng(0)


def by_definition(p):
    q = p.mean(0)
    kl = [sum(a * np.log(a / b) for a, b in zip(row, q, strict=True) if a > 0) for row in p]
    return np.exp(np.mean(kl))


@pytest.mark.parametrize("n, splits", [(100, 10), (103, 10), (7, 7), (50, 1)])
def test_is_the_definition_over_all_rows(n, splits):
    p = RNG.dirichlet(np.full(6, 0.3), n)
    parts, start = [], 0
    for i in range(splits):
        size = n // splits + (i < n % splits)
        parts.append(by_definition(p[start : start + size]))
        start += size
    assert start == n
    got = inception_score(p, splits)
    assert got.mean == pytest.approx(np.mean(parts), rel=1e-10)
    assert got.std == pytest.approx(np.std(parts), rel=1e-8, abs=1e-12)


def test_the_last_rows_count():
    p = np.tile([[0.5, 0.5]], (11, 1))
    p[-1] = [1, 0]
    assert inception_score(p, 2).mean > 1.01


def test_extremes():
    sure_and_varied = np.tile(np.eye(5), (20, 1))
    assert inception_score(sure_and_varied, 4) == pytest.approx((5, 0))
    assert inception_score(np.full((40, 5), 0.2), 4) == pytest.approx((1, 0))
    assert inception_score(np.tile(np.eye(5)[:1], (40, 1)), 4) == pytest.approx((1, 0))


def test_float32_softmax_is_taken():
    p = RNG.dirichlet(np.full(1000, 0.1), 50)
    got = inception_score(p.astype("float32"), 5)
    assert got.mean == pytest.approx(inception_score(p, 5).mean, rel=1e-5)


@pytest.mark.parametrize(
    "p, splits, message",
    [
        (np.full((9, 2), 0.5), 10, "splits=10 needs at least 10 rows of probabilities; got 9"),
        (np.full((9, 2), 0.6), 2, r"sum to 1; 9 of 9 do not, by up to 0.2"),
        (np.array([[0.5, 0.5], [0.5, 0.4]]), 1, "sum to 1; 1 of 2 do not"),
        (np.array([[1.5, -0.5]]), 1, "1 of 2 values are negative. Are they logits"),
        (np.array([[np.nan, 1.0]]), 1, "1 of 2 values are NaN"),
        (np.full(4, 0.25), 1, r"\(n, d\); got \(4,\)"),
        (np.full((9, 2), 0.5), 0, "splits, a positive integer; got 0"),
    ],
)
def test_what_is_wrong(p, splits, message):
    with pytest.raises(ValueError, match=message):
        inception_score(p, splits)


@pytest.mark.parametrize("n", [40, 43, 7])
@pytest.mark.parametrize("size", [1, 6, 50])
def test_batches_give_the_score_of_interleaved_splits(n, size):
    p = np.random.default_rng(n).dirichlet([0.3] * 5, size=n)
    statistics = ProbabilityStatistics(splits=4)
    for i in range(0, n, size):
        statistics.update(p[i : i + size])
    got = statistics.score()
    want = [inception_score(p[i::4], splits=1).mean for i in range(4)]
    assert got.mean == pytest.approx(np.mean(want), rel=1e-12)
    assert got.std == pytest.approx(np.std(want), rel=1e-9)
    assert statistics.count == n


def test_sorted_rows_score_as_they_should_in_batches():
    p = np.eye(10).repeat(20, axis=0)
    assert ProbabilityStatistics().update(p).score().mean == pytest.approx(10)
    assert inception_score(p).mean == pytest.approx(1)


def test_what_is_wrong_with_batches():
    statistics = ProbabilityStatistics(splits=4)
    with pytest.raises(ValueError, match="splits=4 needs at least 4 rows of probabilities; got 0"):
        statistics.score()
    with pytest.raises(ValueError, match="4 of 12 values are negative"):
        statistics.update(np.tile([0.6, 0.6, -0.2], (4, 1)))
    with pytest.raises(ValueError, match="1 of 2 do not"):
        statistics.update([[0.5, 0.5], [0.5, 0.4]])
    statistics.update(np.full((3, 2), 0.5))
    with pytest.raises(ValueError, match="at least 4 rows of probabilities; got 3"):
        statistics.score()
