"""Distributions of noise and codes: independent in each dimension, the same in all of them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from keras import ops
from keras.random import SeedGenerator
from numpy.typing import ArrayLike

from keras_genzoo import backends, latents
from keras_genzoo.probability import densities
from keras_genzoo.support.types import Tensor


class Prior(ABC):
    """A distribution of one number, drawn for each entry of a tensor.

    `draw` and `log_prob` are traceable; `quantile` and `path` are of NumPy arrays.
    """

    @abstractmethod
    def draw(self, shape: tuple, seed: SeedGenerator) -> Tensor:
        """Independent draws, float32.

        Args:
            shape: Of the draws; its first entry may be a tensor.
            seed: A `keras.random.SeedGenerator`.
        """

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """log-density of z (batch, ...) in nats, (batch,)."""

    def quantile(self, p: ArrayLike) -> np.ndarray:
        """Values below which a draw lies with probability p, float64 in the shape of p.

        Raises:
            ValueError: Probabilities that are not above 0 and below 1.
        """
        p = np.asarray(p, "float64")
        if not ((p > 0) & (p < 1)).all():
            raise ValueError(f"Expected p, above 0 and below 1; got {p!r}.")
        return self._quantile(p)

    @abstractmethod
    def _quantile(self, p: np.ndarray) -> np.ndarray:
        """`quantile` of probabilities that are in range."""

    def unbounded(self) -> "tuple[Prior, Callable]":
        """A prior on all real numbers, and the function that makes draws of this one of its draws.

        Chains of a sampler walk there.
        """
        return self, lambda u: u

    def path(self, z0: ArrayLike, z1: ArrayLike, steps: int) -> np.ndarray:
        """A way from draws z0 to draws z1 along which draws are typical; see `latents`."""
        return latents.linear_interpolation(z0, z1, steps)


@dataclass(frozen=True)
class Normal(Prior):
    """N(0, 1)."""

    def draw(self, shape: tuple, seed: SeedGenerator) -> Tensor:
        return backends.normal(shape, seed)

    def log_prob(self, z: Tensor) -> Tensor:
        return densities.normal_log_prob(z)

    def truncated(self, z: Tensor, threshold: Tensor, seed: SeedGenerator) -> Tensor:
        """Draws z of which those with |z| > threshold are drawn anew, until they are not.

        Done at once, by the quantiles of the normal distribution between -threshold and threshold.
        """
        u = 2.0 * backends.uniform(tuple(ops.shape(z)), seed) - 1.0
        threshold = ops.cast(threshold, "float32")
        inside = ops.erf(threshold / math.sqrt(2.0))
        again = math.sqrt(2.0) * ops.erfinv(u * inside)
        again = ops.clip(again, -threshold, threshold)  # a product may round up
        return ops.where(ops.abs(z) > threshold, again, z)

    def _quantile(self, p):
        from scipy.special import ndtri

        return ndtri(p)

    def path(self, z0: ArrayLike, z1: ArrayLike, steps: int) -> np.ndarray:
        # Straight lines would pass through points far shorter than any draw.
        return latents.spherical_interpolation(z0, z1, steps)


@dataclass(frozen=True)
class Logistic(Prior):
    """The standard logistic: location 0, scale 1."""

    def draw(self, shape: tuple, seed: SeedGenerator) -> Tensor:
        # The inverse of the sigmoid; u = 0 or 1 would be infinite.
        u = ops.clip(backends.uniform(shape, seed), 1e-7, 1.0 - 1e-7)
        return ops.log(u) - ops.log1p(-u)

    def log_prob(self, z: Tensor) -> Tensor:
        return densities.logistic_log_prob(z)

    def _quantile(self, p):
        from scipy.special import logit

        return logit(p)


@dataclass(frozen=True)
class Uniform(Prior):
    """Uniform between two numbers.

    Args:
        low: The least.
        high: What all are below.
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self):
        if not self.low < self.high:
            raise ValueError(f"Expected low < high; got {self.low!r} and {self.high!r}.")

    def draw(self, shape: tuple, seed: SeedGenerator) -> Tensor:
        u = backends.uniform(shape, seed)
        return u if (self.low, self.high) == (0.0, 1.0) else (self.high - self.low) * u + self.low

    def log_prob(self, z: Tensor) -> Tensor:
        z = ops.cast(z, "float32")
        inside = ops.logical_and(z >= self.low, z <= self.high)
        return densities.sum_per_example(
            ops.where(inside, -math.log(self.high - self.low), -math.inf)
        )

    def _quantile(self, p):
        return (self.high - self.low) * p + self.low

    def unbounded(self) -> tuple[Prior, Callable]:
        # The normal's distribution function makes it uniform.
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        return Normal(), lambda u: middle + half * ops.erf(u / math.sqrt(2.0))
