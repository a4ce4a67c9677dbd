"""Two-dimensional densities whose modes are known: a ring, a grid and two moons.

Each set is fixed: it does not depend on the seed of its batches. Train and test are drawn
independently. Labels are mode numbers, in the order of the centres.
"""

import numpy as np
from sklearn.datasets import make_moons

NUM_EXAMPLES = {"train": 50_000, "test": 10_000}

RING_MODES = 8
RING_RADIUS = 2.0
RING_STD = 0.02

GRID_SIDE = 5
GRID_SPACING = 2.0
GRID_STD = 0.05

MOONS_STD = 0.05


def ring_centers() -> np.ndarray:
    """Centres of the ring's 8 modes, float32 (8, 2), counter-clockwise from (2, 0)."""
    angle = 2 * np.pi * np.arange(RING_MODES) / RING_MODES
    return (RING_RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1)).astype(np.float32)


def grid_centers() -> np.ndarray:
    """Centres of the grid's 25 modes, float32 (25, 2): coordinates -4, -2, 0, 2, 4, row by row."""
    line = GRID_SPACING * (np.arange(GRID_SIDE) - (GRID_SIDE - 1) / 2)
    y, x = np.meshgrid(line, line, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def ring(split: str) -> tuple[np.ndarray, np.ndarray]:
    """8 Gaussians of standard deviation 0.02 on a circle of radius 2, equally likely.

    The geometry of Metz et al. (2017), arXiv:1611.02163.

    Returns:
        x float32 (n, 2) and labels int32 (n,); n is 50,000 for "train", 10,000 for "test".
    """
    return _gaussians(ring_centers(), RING_STD, split)


def grid(split: str) -> tuple[np.ndarray, np.ndarray]:
    """25 Gaussians of standard deviation 0.05 on a 5x5 grid of spacing 2, equally likely.

    The geometry of Srivastava et al. (2017), arXiv:1705.07761, and of Lin et al. (2018),
    arXiv:1712.04086.

    Returns:
        x float32 (n, 2) and labels int32 (n,); n is 50,000 for "train", 10,000 for "test".
    """
    return _gaussians(grid_centers(), GRID_STD, split)


def moons(split: str) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's two half circles with Gaussian noise of standard deviation 0.05.

    Returns:
        x float32 (n, 2) and labels int32 (n,), 0 upper and 1 lower moon; n is 50,000 for "train",
        10,000 for "test".
    """
    x, y = make_moons(NUM_EXAMPLES[split], noise=MOONS_STD, random_state=_stream(split))
    return x.astype(np.float32), y.astype(np.int32)


def _stream(split: str) -> int:
    return list(NUM_EXAMPLES).index(split)


def _gaussians(centers: np.ndarray, std: float, split: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([len(centers), _stream(split)])
    n = NUM_EXAMPLES[split]
    labels = rng.integers(len(centers), size=n)
    x = centers[labels] + std * rng.standard_normal((n, 2))
    return x.astype(np.float32), labels.astype(np.int32)
