"""Inception score: Salimans et al. (2016), arXiv:1606.03498."""

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import checks
from keras_genzoo.metrics.estimate import Estimate
from keras_genzoo.support.checks import whole_number


def inception_score(probabilities: ArrayLike, splits: int = 10) -> Estimate:
    """How sure a classifier is of each sample, and how many classes it sees among all.

    ```
    exp(mean_x KL(p(y | x) || p(y))),    p(y) = mean_x p(y | x)
    ```

    Args:
        probabilities: p(y | x), (n, classes), rows that sum to 1; softmax the logits first.
        splits: Parts of consecutive rows, each scored alone. Every row is in one of them: sizes
            differ by at most 1 where n is no multiple of splits. Shuffle rows sorted by class.

    Returns:
        mean and std over the splits, in 1..classes.

    Raises:
        ValueError: Fewer rows than splits, not two axes, NaN or infinite values, values below 0,
            rows that do not sum to 1 within 0.001.
    """
    whole_number("splits", splits)
    p = _checked(probabilities, f"inception_score with splits={splits}", splits)
    return Estimate.over([_score(part) for part in np.array_split(p, splits)])


class ProbabilityStatistics:
    """`inception_score` of probabilities that come in batches, in O(splits * classes) memory.

    The number of rows is not known before, so that splits cannot be consecutive: row i is in split
    i % splits. Rows that are in random order score the same up to chance, sorted ones as they
    should. The size of the batches matters to rounding alone.

    Args:
        splits: Parts that are scored by themselves.
    """

    def __init__(self, splits: int = 10):
        self.splits = whole_number("splits", splits)
        self.count = 0
        self._sums = 0.0  # of p(y | x), (splits, classes)
        self._entropies = np.zeros(splits)  # sums of the entropies of p(y | x)

    def update(self, batch: ArrayLike) -> "ProbabilityStatistics":
        """Takes in p(y | x), (n, classes), n >= 1; returns itself.

        Raises:
            ValueError: As `inception_score`.
        """
        p = _checked(batch, "ProbabilityStatistics", 1)
        split = (self.count + np.arange(len(p))) % self.splits
        member = np.eye(self.splits)[split].T  # (splits, n)
        self._sums = self._sums + member @ p
        self._entropies += member @ _entropy(p)
        self.count += len(p)
        return self

    def score(self) -> Estimate:
        """mean and std over the splits, in 1..classes.

        Raises:
            ValueError: Fewer rows than splits.
        """
        metric = f"inception_score with splits={self.splits}"
        checks.enough(self.count, "probabilities", metric, self.splits)
        rows = -(-(self.count - np.arange(self.splits)) // self.splits)  # of each split
        means = self._sums / rows[:, None]
        return Estimate.over(np.exp(_entropy(means) - self._entropies / rows))


def _checked(probabilities: ArrayLike, metric: str, least: int) -> np.ndarray:
    p = checks.features(probabilities, "probabilities", metric, least).astype(np.float64)
    if (negative := int((p < 0).sum())) > 0:
        raise ValueError(
            f"Expected probabilities; {negative} of {p.size} values are negative. Are they logits?"
        )
    off = np.abs(p.sum(axis=1) - 1)
    if (wrong := int((off > 1e-3).sum())) > 0:
        raise ValueError(
            f"Expected rows of probabilities that sum to 1; {wrong} of {len(p)} do not, by up to "
            f"{off.max():g}. Apply a softmax to logits."
        )
    return p


def _score(p: np.ndarray) -> float:
    # mean KL = H(mean p) - mean H(p)
    return np.exp(_entropy(p.mean(axis=0)) - _entropy(p).mean())


def _entropy(p: np.ndarray) -> np.ndarray:
    """-sum p log p in nats over the last axis, where 0 log 0 = 0."""
    return -np.sum(p * np.log(p, where=p > 0, out=np.zeros_like(p)), axis=-1)
