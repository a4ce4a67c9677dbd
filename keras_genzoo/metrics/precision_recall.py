"""Improved precision and recall: Kynkäänniemi et al. (2019), arXiv:1904.06991."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import checks, distances
from keras_genzoo.support.checks import whole_number


class PrecisionRecall(NamedTuple):
    """Both in 0..1: precision falls with bad samples, recall with missing ones."""

    precision: float
    recall: float


def precision_recall(real: ArrayLike, fake: ArrayLike, k: int = 3) -> PrecisionRecall:
    """Share of fakes within the real data's manifold, and of real data within the fakes'.

    ```
    manifold(X) = union of closed balls B(x_i, r_i),    r_i = distance of x_i to its k-th neighbour
    precision = mean_j 1[y_j in manifold(X)],    recall = mean_i 1[x_i in manifold(Y)]
    ```

    A row is not its own neighbour. Both depend on the numbers of rows: compare equal counts.
    Memory stays bounded beside the arrays themselves.

    Args:
        real: Features x (n, d), n > k, any real dtype; computed in float64.
        fake: Features y (m, d), m > k, of the same extractor.
        k: Which neighbour sets the radius.

    Raises:
        ValueError: Fewer than k + 1 rows, not two axes, another d, NaN or infinite values.
    """
    whole_number("k", k)
    metric = f"precision_recall with k={k}"
    real, fake = checks.feature_pair(real, fake, metric, k + 1, k + 1)
    real_radii, fake_radii = (distances.squared_radii(x, k) for x in (real, fake))
    realistic, covered = np.zeros(len(fake), bool), np.zeros(len(real), bool)
    for i, j, squares in distances.tiles(real, fake, distances.ROUNDING):
        realistic[j] |= (squares <= real_radii[i, None]).any(axis=0)
        covered[i] |= (squares <= fake_radii[j]).any(axis=1)
    return PrecisionRecall(float(realistic.mean()), float(covered.mean()))
