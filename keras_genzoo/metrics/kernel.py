"""Kernel distance between two sets of features: Bińkowski et al. (2018), arXiv:1801.01401."""

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import checks
from keras_genzoo.metrics.estimate import Estimate
from keras_genzoo.support.checks import whole_number


def kernel_distance(
    real: ArrayLike,
    fake: ArrayLike,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Squared maximum mean discrepancy with a cubic kernel, averaged over random subsets.

    ```
    k(x, y) = (x.y / d + 1)^3
    MMD^2 = mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j)
    ```

    Of Inception features it is the KID. Its expectation does not depend on the number of samples.

    Args:
        real: Features (n, d), n >= subset_size, any real dtype; computed in float64.
        fake: Features (m, d), m >= subset_size, of the same extractor.
        subsets: How many pairs of subsets.
        subset_size: Rows in each, drawn without replacement; at least 2.
        seed: The same seed draws the same subsets.

    Returns:
        mean and std over the subsets. The mean is unbiased, hence slightly negative for about half
        of all equal distributions. The std is that of one subset's estimate, as papers print it,
        not the mean's error: subsets share rows.

    Raises:
        ValueError: Fewer than subset_size rows, not two axes, another d, NaN or infinite values.
    """
    whole_number("subsets", subsets)
    whole_number("subset_size", subset_size, least=2)
    metric = f"kernel_distance with subset_size={subset_size}"
    real, fake = checks.feature_pair(real, fake, metric, subset_size, subset_size)
    rng = np.random.default_rng(seed)
    estimates = []
    for _ in range(subsets):
        x = real[rng.choice(len(real), subset_size, replace=False)].astype(np.float64)
        y = fake[rng.choice(len(fake), subset_size, replace=False)].astype(np.float64)
        cross = _cubic(x, y).mean()
        estimates.append(_mean_of_pairs(x) + _mean_of_pairs(y) - 2 * cross)
    return Estimate.over(estimates)


def _mean_of_pairs(x: np.ndarray) -> float:
    """mean_{i != j} k(x_i, x_j)."""
    k = _cubic(x, x)
    np.fill_diagonal(k, 0)
    return k.sum() / (len(x) * (len(x) - 1))


def _cubic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    k = x @ y.T
    k /= x.shape[1]
    k += 1
    return k * k * k
