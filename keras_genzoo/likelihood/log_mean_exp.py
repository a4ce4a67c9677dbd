"""Means of draws that arrive in parts, with the standard error of each, in float64."""

import numpy as np


class RunningMean:
    """Mean of (n, k) draws along k, and its standard error, std / sqrt(k): (n,) each.

    `update` takes the draws in parts of any k; memory does not grow with their number.
    """

    def __init__(self):
        self._count, self._sum, self._squares, self._origin = 0, 0.0, 0.0, None

    def update(self, draws: np.ndarray) -> None:
        draws = np.asarray(draws, "float64")
        if self._origin is None:
            # Squares of distances from a first draw lose no digits to a large mean.
            self._origin = draws[:, :1]
        draws = draws - self._origin
        self._count += draws.shape[1]
        self._sum = self._sum + draws.sum(1)
        self._squares = self._squares + np.square(draws).sum(1)

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """(mean, error); the error of a single draw is not known: NaN."""
        mean = self._sum / self._count
        return self._origin[:, 0] + mean, _standard_error(self._count, mean, self._squares)


class RunningLogMeanExp:
    """log of the mean of w = exp(log_w) over (n, k) draws along k, and its standard error.

    The error is the delta method's, std(w) / (mean(w) sqrt(k)), in nats. It cannot exceed 1: near
    1, a single weight outweighs all others, and the log-mean is merely a bound from below, how far
    below this error does not tell.

    `update` takes the draws in parts of any k; memory does not grow with their number.
    """

    def __init__(self):
        self._count, self._max, self._sum, self._squares = 0, -np.inf, 0.0, 0.0

    def update(self, log_w: np.ndarray) -> None:
        log_w = np.asarray(log_w, "float64")
        new_max = np.maximum(self._max, log_w.max(1))
        # Weights that are all zero so far have no largest one to divide by.
        divisor = np.where(np.isfinite(new_max), new_max, 0.0)
        scale = np.exp(self._max - divisor)
        w = np.exp(log_w - divisor[:, None])
        self._count += log_w.shape[1]
        self._sum = self._sum * scale + w.sum(1)
        self._squares = self._squares * scale**2 + np.square(w).sum(1)
        self._max = new_max

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """(log-mean-exp, error); the error of a single draw is not known: NaN."""
        mean = self._sum / self._count
        with np.errstate(divide="ignore", invalid="ignore"):
            error = _standard_error(self._count, mean, self._squares) / mean
            return self._max + np.log(mean), error


def _standard_error(count, mean, squares):
    if count < 2:
        return np.full_like(mean, np.nan)
    # Rounding may leave equal draws a variance just below zero.
    variance = np.maximum(squares - count * np.square(mean), 0.0) / (count - 1)
    return np.sqrt(variance / count)
