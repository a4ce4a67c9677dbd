"""How many of a distribution's known modes a generator has found."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.metrics import checks, distances
from keras_genzoo.support.checks import number_between, whole_number


class ModeCoverage(NamedTuple):
    """Modes found, the share of good samples in 0..1, good samples by mode int64 (modes,)."""

    modes: int
    good_share: float
    counts: np.ndarray


class LabelledModes(NamedTuple):
    """Modes found, KL(labels || uniform) in nats, samples by mode int64 (modes,)."""

    modes: int
    kl_nats: float
    counts: np.ndarray


def mode_coverage(
    samples: ArrayLike,
    centers: ArrayLike,
    std: float,
    threshold_sigmas: float = 3.0,
    min_count: int = 1,
) -> ModeCoverage:
    """Modes of a mixture of round Gaussians that samples hit: arXiv:1705.07761 (VEEGAN).

    ```
    good = distance to the nearest centre <= threshold_sigmas * std
    ```

    In two dimensions 1 - exp(-4.5) = 98.9 % of the mixture itself is good at 3 sigma.

    Args:
        samples: (n, d), n >= 1.
        centers: The modes' centres (modes, d): `data.mixtures.ring_centers()`, `grid_centers()`.
        std: Standard deviation of a mode along each axis: `RING_STD`, `GRID_STD`.
        threshold_sigmas: Radius of a mode, in standard deviations.
        min_count: Good samples that a mode takes to count as found.

    Raises:
        ValueError: No samples, shapes that do not fit, NaN or infinite values, std or threshold
            not positive.
    """
    whole_number("min_count", min_count)
    number_between("std", std, 0, np.inf)
    number_between("threshold_sigmas", threshold_sigmas, 0, np.inf)
    samples = checks.features(samples, "samples", "mode_coverage")
    centers = checks.features(centers, "centers", "mode_coverage")
    if samples.shape[1] != centers.shape[1]:
        raise ValueError(
            f"Expected samples and centers of the same size; got {samples.shape[1]} and "
            f"{centers.shape[1]}."
        )
    _, mode = distances.nearest(samples, centers, 1)
    good = distances.exact_distances(samples, centers, mode) <= threshold_sigmas * std
    counts = np.bincount(mode[good], minlength=len(centers))
    return ModeCoverage(int((counts >= min_count).sum()), float(good.mean()), counts)


def labelled_modes(labels: ArrayLike, num_modes: int, min_count: int = 1) -> LabelledModes:
    """Modes that a classifier sees in samples, such as the 1000 of stacked MNIST.

    ```
    KL = sum_mode p log(p num_modes),    p = share of samples with that label
    ```

    The KL is 0 for equal shares and log(num_modes) for one mode. Of n samples of a uniform
    distribution it is about (num_modes - 1) / (2 n): compare equal counts. arXiv:1611.02163,
    arXiv:1712.04086.

    Args:
        labels: The classifier's labels of the samples, integers (n,) in 0..num_modes - 1.
        num_modes: How many there are.
        min_count: Samples that a mode takes to count as found.

    Raises:
        ValueError: No labels, not one axis of integers, labels out of range.
    """
    whole_number("num_modes", num_modes)
    whole_number("min_count", min_count)
    labels = np.asarray(labels)
    checks.enough(labels.size, "labels", "labelled_modes", 1)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"Expected labels (n,) of integers; got {labels.shape} of {labels.dtype}. "
            "Of probabilities, take argmax(axis=1)."
        )
    if labels.min() < 0 or labels.max() >= num_modes:
        raise ValueError(
            f"Expected labels in 0..{num_modes - 1}; got {labels.min()}..{labels.max()}."
        )
    counts = np.bincount(labels, minlength=num_modes)
    p = counts[counts > 0] / len(labels)
    kl_nats = max(0.0, float(np.sum(p * np.log(p * num_modes))))
    return LabelledModes(int((counts >= min_count).sum()), kl_nats, counts)
