"""Euclidean distances between all rows of two arrays, a tile at a time: memory stays bounded."""

from collections.abc import Iterator

import numpy as np

# A tile's inputs have at most 2^22 values each, 32 MiB, and it has at most 2048 x 2048.
_VALUES = 1 << 22
_ROWS = 2048

# What a squared distance may be off by, in parts of the two rows' squared norms.
ROUNDING = 1e-12


def tiles(
    x: np.ndarray, y: np.ndarray, rounding: float = 0.0
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Squared distances ||x_i - y_j||^2 = ||x_i||^2 + ||y_j||^2 - 2 x_i.y_j, in float64.

    Args:
        x: (n, d), any real dtype; converted a tile at a time.
        y: (m, d).
        rounding: Share of ||x_i||^2 + ||y_j||^2 to subtract, so that a point that lies exactly on
            a ball's surface does not fall out of it by rounding.

    Yields:
        Rows i of x, rows j of y, and their squared distances (i, j), never negative; all j of one
        i before the next i.
    """
    step = _step(x.shape[1])
    # Distances do not feel the shift; their rounding does.
    center = y.mean(axis=0, dtype=np.float64)
    for i in range(0, len(x), step):
        a = x[i : i + step] - center
        aa = (1 - rounding) * np.einsum("nd,nd->n", a, a)
        for j in range(0, len(y), step):
            b = y[j : j + step] - center
            squares = a @ b.T
            squares *= -2
            squares += aa[:, None]
            squares += (1 - rounding) * np.einsum("nd,nd->n", b, b)
            np.maximum(squares, 0, out=squares)
            yield slice(i, i + len(a)), slice(j, j + len(b)), squares


def nearest(
    x: np.ndarray, y: np.ndarray, k: int, exclude_self: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Squared distances (n, k) to the k nearest rows of y, ascending, and those rows' indices.

    With `exclude_self`, x is y, and row i is no neighbour of row i (a copy of it elsewhere is).
    """
    squares = np.full((len(x), k), np.inf)
    index = np.zeros((len(x), k), np.int64)
    for rows, columns, tile in tiles(x, y):
        if exclude_self and rows == columns:
            np.fill_diagonal(tile, np.inf)
        found = np.broadcast_to(np.arange(columns.start, columns.stop), tile.shape)
        if tile.shape[1] > k:
            best = np.argpartition(tile, k - 1, axis=1)[:, :k]
            tile, found = np.take_along_axis(tile, best, 1), np.take_along_axis(found, best, 1)
        tile = np.concatenate([squares[rows], tile], axis=1)
        found = np.concatenate([index[rows], found], axis=1)
        order = np.lexsort((found, tile), axis=1)[:, :k]
        squares[rows] = np.take_along_axis(tile, order, 1)
        index[rows] = np.take_along_axis(found, order, 1)
    return squares, index


def squared_radii(x: np.ndarray, k: int) -> np.ndarray:
    """Squared distance (n,) of each row to its k-th nearest neighbour among the others."""
    return nearest(x, x, k, exclude_self=True)[0][:, -1]


def exact_distances(x: np.ndarray, y: np.ndarray, index: np.ndarray) -> np.ndarray:
    """||x_i - y_index[i, k]|| (n, k), from differences: a copy is at exactly 0."""
    distances = np.empty(index.shape)
    step = _step(x.shape[1])
    for i in range(0, len(x), step):
        a = x[i : i + step].astype(np.float64)
        for k in range(index.shape[1]):
            distances[i : i + step, k] = np.linalg.norm(a - y[index[i : i + step, k]], axis=1)
    return distances


def _step(d: int) -> int:
    return max(64, min(_ROWS, _VALUES // d))
