"""Density and coverage: Naeem et al. (2020), arXiv:2002.09797."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import checks, distances
from keras_genzoo.support.checks import whole_number


class DensityCoverage(NamedTuple):
    """Density in 0..n / k, near 1 for equal distributions; coverage in 0..1."""

    density: float
    coverage: float


def density_coverage(real: ArrayLike, fake: ArrayLike, k: int = 5) -> DensityCoverage:
    """How many real neighbourhoods hold a fake, and the share of them that hold one at all.

    ```
    density = sum_ij 1[y_j in B(x_i, r_i)] / (k m),    r_i = distance of x_i to its k-th neighbour
    coverage = mean_i 1[some y_j in B(x_i, r_i)]
    ```

    Balls stand around real data alone, so that far-off fakes cannot raise either. Independent
    draws of one distribution have an expected density of 1 and an expected coverage of
    1 - (n - 1)...(n - k) / ((m + n - 1)...(m + n - k)), 0.97 for k = 5 and large n = m. Balls are
    closed, as in `precision_recall`. A row is not its own neighbour. Memory stays bounded beside
    the arrays themselves.

    Args:
        real: Features x (n, d), n > k, any real dtype; computed in float64.
        fake: Features y (m, d), m >= 1, of the same extractor.
        k: Which neighbour sets the radius.

    Raises:
        ValueError: Fewer than k + 1 real rows or no fake ones, not two axes, another d, NaN or
            infinite values.
    """
    whole_number("k", k)
    metric = f"density_coverage with k={k}"
    real, fake = checks.feature_pair(real, fake, metric, k + 1, 1)
    radii = distances.squared_radii(real, k)
    held, covered = 0, np.zeros(len(real), bool)
    for i, _, squares in distances.tiles(real, fake, distances.ROUNDING):
        inside = squares <= radii[i, None]
        held += int(inside.sum())
        covered[i] |= inside.any(axis=1)
    return DensityCoverage(held / (k * len(fake)), float(covered.mean()))
