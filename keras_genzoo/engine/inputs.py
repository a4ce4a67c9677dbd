"""What samples are made of: sources of named inputs, which are drawn, or given by users."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo.probability.priors import Prior
from keras_genzoo.support.checks import finite
from keras_genzoo.support.types import Tensor


class Source(Protocol):
    """Where one of the inputs comes from that a sample is made of: `Noise` or `Labels`, say."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample's."""

    def draw(self, n: int | Tensor, seed: SeedGenerator) -> Tensor:
        """Those of n samples, (n, *shape)."""

    def given(self, name: str, value: Any, n: int) -> np.ndarray:
        """Those of n samples as a user gives them, checked, (n, *shape)."""


@dataclass(frozen=True)
class Noise:
    """One of the inputs that a sample is made of.

    Args:
        prior: What its entries are drawn from.
        shape: Of one sample's.
    """

    prior: Prior
    shape: tuple[int, ...]

    def draw(self, n: int | Tensor, seed: SeedGenerator) -> Tensor:
        """Those of n samples, float32 (n, *shape)."""
        return self.prior.draw((n, *self.shape), seed)

    def given(self, name: str, value: Any, n: int) -> np.ndarray:
        """Those of n samples as a user gives them, checked: float32 (n, *shape)."""
        value = np.asarray(ops.convert_to_numpy(value), "float32")
        if value.shape != (n, *self.shape):
            raise ValueError(f"Expected {name} of shape {(n, *self.shape)}; got {value.shape}.")
        finite(value, name)
        return value
