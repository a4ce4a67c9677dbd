"""p(x | z) as objects: what a decoder's output says of an example."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.probability import densities
from keras_genzoo.probability.pixels import Binary, GreyValues, Scale
from keras_genzoo.probability.priors import Logistic
from keras_genzoo.support.types import Tensor


class Observation(ABC):
    """A distribution of examples, whose parameters a network puts out; all of it is traceable.

    Attributes:
        scale: The numbers that it is a distribution of.
    """

    scale: Scale

    def observed(self, x: Tensor, seed: SeedGenerator) -> Tensor:
        """Examples -> what is scored, y (batch, *shape), float32."""
        return self.scale.observed(x, seed)

    @abstractmethod
    def log_prob(self, y: Tensor, output: Tensor) -> Tensor:
        """log p(y | output) in nats, (batch,): of images, the log-mass of their pixels."""

    @abstractmethod
    def mean(self, output: Tensor) -> Tensor:
        """The mean of y, (batch, *shape)."""

    @abstractmethod
    def draw(self, output: Tensor, seed: SeedGenerator) -> Tensor:
        """A draw of y, (batch, *shape)."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a network's output for examples of this shape, without the batch."""
        return shape

    def _of_pixels(self, log_density, y):
        """Nats of the pixels' mass, of a log-density (batch,) at y."""
        dimensions = math.prod(y.shape[1:])
        return (
            log_density - dimensions * self.scale.bin_nats if self.scale.bin_nats else log_density
        )


@dataclass(frozen=True)
class Bernoulli(Observation):
    """Black or white: the output is the logits of a 1.

    Args:
        scale: The numbers that it is a distribution of.
    """

    scale: Scale = Binary()

    def log_prob(self, y: Tensor, output: Tensor) -> Tensor:
        return densities.bernoulli_log_prob(y, output)

    def mean(self, output: Tensor) -> Tensor:
        return ops.sigmoid(output)

    def draw(self, output: Tensor, seed: SeedGenerator) -> Tensor:
        return ops.cast(Logistic().draw(ops.shape(output), seed) < output, "float32")

    def quantile(self, output: Tensor, u: Tensor) -> Tensor:
        """The value at which the cumulative distribution passes u, which has y's shape."""
        return ops.cast(ops.sigmoid(-output) < u, "float32")


@dataclass(frozen=True)
class Gaussian(Observation):
    """N(output, std^2), one deviation for all dimensions.

    Images, dequantized: the density there, minus D ln 256, bounds from below the log-mass of the
    pixels under a model that adds this noise and takes the bin.

    Args:
        scale: The numbers that it is a distribution of.
        std: The deviation.
    """

    scale: Scale
    std: float

    def log_prob(self, y: Tensor, output: Tensor) -> Tensor:
        return self._of_pixels(densities.normal_log_prob(y, output, 2.0 * math.log(self.std)), y)

    def mean(self, output: Tensor) -> Tensor:
        return output

    def draw(self, output: Tensor, seed: SeedGenerator) -> Tensor:
        return output + self.std * backends.normal(ops.shape(output), seed)


@dataclass(frozen=True)
class DiagonalGaussian(Observation):
    """N(mean, exp(log_var)): the output (batch, 2, *shape) is mean and log_var.

    Args:
        scale: The numbers that it is a distribution of.
    """

    scale: Scale

    def log_prob(self, y: Tensor, output: Tensor) -> Tensor:
        return self._of_pixels(densities.normal_log_prob(y, output[:, 0], output[:, 1]), y)

    def mean(self, output: Tensor) -> Tensor:
        return output[:, 0]

    def draw(self, output: Tensor, seed: SeedGenerator) -> Tensor:
        mean, log_var = output[:, 0], output[:, 1]
        return mean + ops.exp(0.5 * log_var) * backends.normal(ops.shape(mean), seed)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (2, *shape)


@dataclass(frozen=True)
class Categorical(Observation):
    """One of `scale.levels` values: the output (batch, *shape, levels) is their logits.

    Args:
        scale: The numbers that it is a distribution of.
    """

    scale: GreyValues

    def log_prob(self, y: Tensor, output: Tensor) -> Tensor:
        return densities.categorical_log_prob(y, output)

    def mean(self, output: Tensor) -> Tensor:
        values = ops.arange(self.scale.levels, dtype="float32")
        return ops.sum(ops.softmax(output) * values, axis=-1)

    def draw(self, output: Tensor, seed: SeedGenerator) -> Tensor:
        u = backends.uniform(ops.shape(output)[:-1], seed)
        return self.quantile(output, u)

    def quantile(self, output: Tensor, u: Tensor) -> Tensor:
        """The value at which the cumulative distribution passes u, which has y's shape."""
        cdf = ops.cumsum(ops.softmax(output), axis=-1)
        return ops.sum(ops.cast(cdf[..., :-1] < u[..., None], "float32"), axis=-1)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (*shape, self.scale.levels)
