"""Scales: how examples become the numbers that networks and densities work on, and back.

A model has one, `model.scale`, and asks it instead of asking whether its examples are images.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.support.types import Tensor


class Scale(ABC):
    """One way of writing examples as float32 numbers; all of it is traceable.

    Attributes:
        levels: How many values of a pixel are told apart, None for vectors.
        bin_nats: What a log-density of these numbers is above the log-mass of the pixels, in nats
            for each dimension: log of how many bins of a pixel are in a unit of length.
    """

    levels: int | None = 256
    bin_nats = 0.0

    @abstractmethod
    def numbers(self, x: Tensor) -> Tensor:
        """Examples -> their numbers, without chance."""

    def observed(self, x: Tensor, seed: SeedGenerator) -> Tensor:
        """Examples -> numbers that a likelihood is of, drawn where the scale draws them."""
        del seed
        return self.numbers(x)

    @abstractmethod
    def real(self, y: Tensor) -> Tensor:
        """Numbers -> real-valued pixels around 0..255, or vectors: the inverse of `numbers`."""

    def examples(self, y: Tensor) -> Tensor:
        """Numbers -> examples: uint8 images, or float32 vectors."""
        return to_uint8(self.real(y))


@dataclass(frozen=True)
class Vectors(Scale):
    """Vectors as they are."""

    levels = None

    def numbers(self, x: Tensor) -> Tensor:
        return ops.cast(x, "float32")

    def real(self, y: Tensor) -> Tensor:
        return ops.cast(y, "float32")

    def examples(self, y: Tensor) -> Tensor:
        return self.real(y)


@dataclass(frozen=True)
class SignedUnit(Scale):
    """Pixels 0..255 as numbers in [-1, 1], as generators with tanh make them."""

    def numbers(self, x: Tensor) -> Tensor:
        return ops.cast(x, "float32") / 127.5 - 1.0

    def real(self, y: Tensor) -> Tensor:
        return (ops.cast(y, "float32") + 1.0) * 127.5


@dataclass(frozen=True)
class Dequantized(Scale):
    """Pixels 0..255 as numbers in [0, 1): each fills a bin of its own, 1 / 256 wide.

    The mean log-density of the observed numbers, minus D ln 256, bounds the pixels' log-mass from
    below: Uria, Murray and Larochelle (2013), arXiv:1306.0186.
    """

    bin_nats = math.log(256.0)

    def numbers(self, x: Tensor) -> Tensor:
        """The middles of the bins."""
        return (ops.cast(x, "float32") + 0.5) / 256.0

    def observed(self, x: Tensor, seed: SeedGenerator) -> Tensor:
        """(x + u) / 256 with u uniform in [0, 1)."""
        u = backends.uniform(ops.shape(x), seed)
        return (ops.cast(x, "float32") + u) / 256.0

    def real(self, y: Tensor) -> Tensor:
        return 256.0 * y - 0.5

    def examples(self, y: Tensor) -> Tensor:
        """The pixels in whose bins the numbers lie; what lies outside is clipped."""
        return ops.cast(ops.clip(ops.floor(y * 256.0), 0.0, 255.0), "uint8")


@dataclass(frozen=True)
class Binary(Scale):
    """Pixels 0..255 as probabilities of a 1; observed are tosses, other ones each time."""

    levels = 2

    def numbers(self, x: Tensor) -> Tensor:
        return ops.cast(x, "float32") / 255.0

    def observed(self, x: Tensor, seed: SeedGenerator) -> Tensor:
        return binarize(x, seed)

    def real(self, y: Tensor) -> Tensor:
        return 255.0 * y


@dataclass(frozen=True)
class GreyValues(Scale):
    """Pixels 0..255 as the nearest of 0..levels - 1; two levels are observed as `Binary`'s.

    Args:
        levels: How many, 2 to 256.
    """

    levels: int = 256

    def numbers(self, x: Tensor) -> Tensor:
        return ops.round(ops.cast(x, "float32") * ((self.levels - 1) / 255.0))

    def observed(self, x: Tensor, seed: SeedGenerator) -> Tensor:
        return binarize(x, seed) if self.levels == 2 else self.numbers(x)

    def real(self, y: Tensor) -> Tensor:
        return y * (255.0 / (self.levels - 1))


def signed(shape: tuple[int, ...]) -> Scale:
    """Of examples of this shape, as generators make them: images in [-1, 1]."""
    return SignedUnit() if len(shape) == 3 else Vectors()


def dequantized(shape: tuple[int, ...]) -> Scale:
    """Of examples of this shape, as densities score them: images as real numbers in [0, 1)."""
    return Dequantized() if len(shape) == 3 else Vectors()


def to_uint8(pixels: Tensor) -> Tensor:
    """Real-valued pixels -> uint8, rounded and clipped to 0..255."""
    return ops.cast(ops.clip(ops.round(pixels), 0.0, 255.0), "uint8")


def binarize(pixels: Tensor, seed: SeedGenerator) -> Tensor:
    """0..255 -> {0, 1}, float32: 1 with probability pixel / 255, drawn anew each time.

    Black and white stay as they are, so an image that is binary already is not changed. Others
    are tossed by 16 bits: their probabilities are off by less than 1e-5.
    """
    # Flat, since XLA makes no vector instructions of a loop over one channel.
    flat = ops.reshape(pixels, (-1,))
    bits = backends.bits16(ops.shape(flat), seed)
    ones = ops.cast(bits, "float32") < sixteen_bit_chances(flat)
    return ops.reshape(ops.cast(ones, "float32"), ops.shape(pixels))


def sixteen_bit_chances(pixels: Tensor) -> Tensor:
    """How many of the 65536 values of 16 bits make a pixel of 0..255 a 1: float32 integers."""
    return ops.round(ops.cast(pixels, "float32") * (65536.0 / 255.0))
