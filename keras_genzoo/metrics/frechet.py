"""Fréchet distance between two sets of features: Heusel et al. (2017), arXiv:1706.08500."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import checks
from keras_genzoo.support.checks import finite


class FeatureStatistics:
    """Mean and covariance of features that come in batches, in O(d^2) memory.

    ```
    mean = sum_i x_i / n,    covariance = sum_i (x_i - mean)(x_i - mean)^T / (n - 1)
    ```

    Rows are gathered into blocks, whose sums of squares about their own means are merged (Chan et
    al., 1979), never as E[x^2] - E[x]^2, which cancels. The size of the batches does not matter to
    the last bit, their order and merging to rounding.

    ```python
    statistics = zoo.metrics.FeatureStatistics()
    for images in batches:
        statistics.update(extractor.features(images))
    ```
    """

    def __init__(self):
        self._moments = _moments_of(np.zeros((0, 0)))
        self._rows = np.zeros((0, 0))  # a block to be filled
        self._filled = 0

    def update(self, batch: ArrayLike) -> "FeatureStatistics":
        """Takes in features (n, d), any real dtype, n >= 1; returns itself.

        Raises:
            ValueError: Not two axes, another d than before, NaN or infinite values, no rows. The
                statistics stay as they were.
        """
        batch = checks.features(batch, "features", "FeatureStatistics")
        self._fit(batch.shape[1])
        while len(batch):
            taken = batch[: len(self._rows) - self._filled]
            self._rows[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            batch = batch[len(taken) :]
            if self._filled == len(self._rows):
                self._empty_block()
        return self

    def merge(self, other: "FeatureStatistics") -> "FeatureStatistics":
        """Takes in what `other` has seen, and leaves it as it is; returns itself."""
        if other.count == 0:
            return self
        self._fit(other._rows.shape[1])
        self._moments = _merged(self._moments, other._all_moments())
        return self

    @property
    def count(self) -> int:
        """Number of rows seen."""
        return self._moments.count + self._filled

    @property
    def mean(self) -> np.ndarray:
        """float64 (d,).

        Raises:
            ValueError: No rows yet.
        """
        checks.enough(self.count, "features", "mean", 1)
        seen, rows = self._moments, self._rows[: self._filled]
        return (seen.count * seen.mean + rows.sum(axis=0)) / self.count

    @property
    def covariance(self) -> np.ndarray:
        """float64 (d, d), divided by n - 1.

        Raises:
            ValueError: Fewer than 2 rows.
        """
        checks.enough(self.count, "features", "covariance", 2)
        return self._all_moments().scatter / (self.count - 1)

    def _fit(self, d: int) -> None:
        if self.count == 0:
            self._rows = np.empty((max(d, 1024), d))
            self._moments = _moments_of(self._rows[:0])
        elif d != self._rows.shape[1]:
            raise ValueError(
                f"Expected features of size {self._rows.shape[1]}, as before; got size {d}."
            )

    def _all_moments(self) -> "_Moments":
        return _merged(self._moments, _moments_of(self._rows[: self._filled]))

    def _empty_block(self) -> None:
        self._moments, self._filled = self._all_moments(), 0


def frechet_distance(real: ArrayLike, fake: ArrayLike) -> float:
    """Fréchet distance between Gaussians that have the features' means and covariances.

    ```
    ||m1 - m2||^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))
    ```

    Of Inception features it is the FID. Its expectation falls as samples are added, so compare
    only equal counts; fewer samples than features are taken, though seldom of use.

    Args:
        real: Features (n, d), n >= 2, any real dtype; computed in float64.
        fake: Features (m, d), m >= 2, of the same extractor.

    Returns:
        A float of at least 0; 0 for equal means and covariances.

    Raises:
        ValueError: Fewer than 2 rows, not two axes, another d, NaN or infinite values.
    """
    real, fake = checks.feature_pair(real, fake, "frechet_distance", 2, 2)
    one, two = FeatureStatistics().update(real), FeatureStatistics().update(fake)
    return frechet_distance_from_statistics(one.mean, one.covariance, two.mean, two.covariance)


def frechet_distance_from_statistics(
    real_mean: ArrayLike,
    real_covariance: ArrayLike,
    fake_mean: ArrayLike,
    fake_covariance: ArrayLike,
) -> float:
    """`frechet_distance` of means (d,) and covariances (d, d), such as a published reference's.

    ```
    tr (S1 S2)^(1/2) = sum of the singular values of L1^T L2,    Si = Li Li^T
    ```

    These are the roots of the eigenvalues of S1^(1/2) S2 S1^(1/2), taken without squaring:
    singular covariances lose no digits, and no complex numbers come up. Eigenvalues of a
    covariance below its rounding are 0.

    Raises:
        ValueError: Shapes that do not fit, NaN or infinite values, a covariance that is not
            symmetric or has negative eigenvalues.
    """
    m1, l1, trace1 = _gaussian(real_mean, real_covariance, "real")
    m2, l2, trace2 = _gaussian(fake_mean, fake_covariance, "fake")
    if m1.shape != m2.shape:
        raise ValueError(
            f"Expected real and fake statistics of the same size; got {len(m1)} and {len(m2)}. "
            "Both must come from one extractor."
        )
    trace_of_root = float(np.linalg.svd(l1.T @ l2, compute_uv=False).sum())
    distance = float(np.square(m1 - m2).sum()) + trace1 + trace2 - 2 * trace_of_root
    return max(distance, 0.0)


def _gaussian(
    mean: ArrayLike, covariance: ArrayLike, which: str
) -> tuple[np.ndarray, np.ndarray, float]:
    """A mean (d,), L (d, rank) with L L^T = covariance, and the covariance's trace."""
    mean, covariance = np.asarray(mean, np.float64), np.asarray(covariance, np.float64)
    if mean.ndim != 1 or covariance.shape != 2 * mean.shape or not mean.size:
        raise ValueError(
            f"Expected a {which} mean (d,) and covariance (d, d); got {mean.shape} and "
            f"{covariance.shape}."
        )
    finite(mean, f"{which} mean")
    finite(covariance, f"{which} covariance")
    scale = np.abs(covariance).max()
    asymmetry = np.abs(covariance - covariance.T).max()
    if asymmetry > 1e-6 * scale:
        raise ValueError(
            f"Expected a symmetric {which} covariance; it differs from its transpose by "
            f"{asymmetry:g}."
        )
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    # Lenient: references are published in float32, too.
    if values[0] < -1e-5 * values[-1]:
        raise ValueError(
            f"Expected a {which} covariance without negative eigenvalues; the least is "
            f"{values[0]:g}."
        )
    kept = values > len(mean) * np.finfo(np.float64).eps * values[-1]
    return mean, vectors[:, kept] * np.sqrt(values[kept]), float(np.trace(covariance))


@dataclass(frozen=True)
class _Moments:
    """Count n, mean (d,), and scatter sum_i (x_i - mean)(x_i - mean)^T (d, d); never changed."""

    count: int
    mean: np.ndarray
    scatter: np.ndarray


def _moments_of(rows: np.ndarray) -> _Moments:
    mean = rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1])
    centered = rows - mean
    return _Moments(len(rows), mean, centered.T @ centered)


def _merged(one: _Moments, two: _Moments) -> _Moments:
    """Of both sets of rows together."""
    if one.count == 0 or two.count == 0:
        return two if one.count == 0 else one
    n = one.count + two.count
    delta = two.mean - one.mean
    scatter = one.scatter + two.scatter
    scatter += np.outer(delta * (one.count * two.count / n), delta)
    return _Moments(n, one.mean + delta * (two.count / n), scatter)
