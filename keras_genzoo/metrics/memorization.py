"""Whether a generator repeats its training set."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import checks, distances
from keras_genzoo.support.checks import number_between, whole_number


class Memorization(NamedTuple):
    """What `memorization` found.

    Attributes:
        share: Samples that lie suspiciously near to a training example, 0..1.
        expected_share: The share that new real data would have.
        p_value: Probability that new real data would have this share or a larger one.
        threshold: The distance at or below which a sample is suspicious.
        distances: Each sample's distance to its nearest training example, float64 (n,).
        neighbors: That example's index, int64 (n,): look at the nearest pairs.
    """

    share: float
    expected_share: float
    p_value: float
    threshold: float
    distances: np.ndarray
    neighbors: np.ndarray


def nearest_neighbors(
    samples: ArrayLike, training: ArrayLike, k: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Each sample's k nearest training examples, by Euclidean distance, in bounded memory.

    Args:
        samples: Images (n, height, width, channels) or features (n, d), any real dtype.
        training: The same of the training set, (m, ...), m >= k.
        k: How many neighbours.

    Returns:
        distances float64 (n, k), ascending, exactly 0 for copies, and indices int64 (n, k) into
        `training`.

    Raises:
        ValueError: Fewer than k training examples, no samples, shapes that differ, NaN or infinite
            values, float images in [-1, 1] beside uint8 ones.
    """
    whole_number("k", k)
    metric = f"nearest_neighbors with k={k}"
    samples, training = checks.same_examples(metric, samples=(samples, 1), training=(training, k))
    return _neighbors(samples, training, k)


def memorization(
    samples: ArrayLike, training: ArrayLike, held_out: ArrayLike, quantile: float = 0.01
) -> Memorization:
    """Compares samples' distances to the training set with those of real data not trained on.

    ```
    d(x) = min_i ||x - training_i||
    threshold = the m-th smallest d(held_out_j),    m = ceil(quantile * number held out)
    share = mean over samples of 1[d(sample) <= threshold]
    ```

    Real data that a model never saw come this near to the training set in a share of about
    `quantile`. A generator that copies, all or part of the time, has a larger one. `p_value` is
    exact for samples distributed as the held-out data (the rank of the m-th of them among all
    distances has a negative hypergeometric distribution), at any sample count. The idea of testing
    against held-out distances is Meehan et al.'s (2020), arXiv:2004.05675.

    Nearness is not yet copying: in pixel space blurred samples are near to everything. Look at the
    nearest pairs (`neighbors`), and use features where samples are blurred.

    Args:
        samples: Images (n, height, width, channels) or features (n, d), n >= 1.
        training: What the generator was trained on, (m, ...).
        held_out: Real data that it was not, (h, ...), of the same distribution.
        quantile: Share of the held-out data that is taken for suspiciously near, in (0, 1).

    Raises:
        ValueError: Fewer than 1 / quantile held-out examples, no samples or training examples,
            shapes that differ, NaN or infinite values, float images in [-1, 1] beside uint8 ones,
            held-out data that repeat the training set.
    """
    number_between("quantile", quantile, 0, 1)
    metric = f"memorization with quantile={quantile}"
    # Rounded: 1 / 0.01 and 0.07 * 100 are not quite whole.
    samples, training, held_out = checks.same_examples(
        metric,
        samples=(samples, 1),
        training=(training, 1),
        held_out=(held_out, math.ceil(round(1 / quantile, 9))),
    )
    rank = math.ceil(round(quantile * len(held_out), 9))
    of_held_out = np.sort(_neighbors(held_out, training, 1)[0][:, 0])
    threshold = float(of_held_out[rank - 1])
    # More than `rank` where distances are equal.
    near_held_out = int((of_held_out <= threshold).sum())
    if threshold == 0:
        raise ValueError(
            f"Expected held_out examples apart from the training set; {near_held_out} of "
            f"{len(held_out)} are copies of training examples. Give data that was not trained on, "
            "without duplicates, or a larger quantile."
        )
    found, index = (a[:, 0] for a in _neighbors(samples, training, 1))
    near = int((found <= threshold).sum())
    return Memorization(
        share=near / len(samples),
        expected_share=near_held_out / (len(held_out) + 1),
        p_value=_probability_of(near, len(samples), near_held_out, len(held_out)),
        threshold=threshold,
        distances=found,
        neighbors=index,
    )


def _neighbors(samples, training, k):
    _, index = distances.nearest(samples, training, k)
    exact = distances.exact_distances(samples, training, index)
    order = np.lexsort((index, exact), axis=1)
    return np.take_along_axis(exact, order, 1), np.take_along_axis(index, order, 1)


def _probability_of(near: int, n: int, rank: int, h: int) -> float:
    """P(at least `near` of n samples come before the `rank`-th of h held-out, in random order).

    That is: of the first near + rank - 1 of all n + h, fewer than `rank` are held out.
    """
    first = near + rank - 1
    terms = [
        _log_comb(h, i) + _log_comb(n, first - i) - _log_comb(n + h, first)
        for i in range(max(0, first - n), rank)
    ]
    return min(1.0, math.fsum(map(math.exp, terms)))


def _log_comb(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
