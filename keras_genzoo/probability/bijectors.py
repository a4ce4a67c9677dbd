"""Bijectors: invertible functions of a batch that know how they change volumes."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable

import numpy as np
from keras import ops

from keras_genzoo.support.types import Tensor


class Bijector(ABC):
    """y = f(x), x = f^-1(y), both traceable, and log |det dy/dx|.

    Values are tensors (batch, ...), or tuples of them between bijectors that agree on that.
    """

    # Not `forward`: on PyTorch that is what calling a layer calls.
    @abstractmethod
    def forward_and_log_det(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """y, and the log-determinant in nats: (batch,), or a scalar that holds for all x."""

    @abstractmethod
    def inverse(self, y: Tensor) -> Tensor:
        """The x of y."""


class Chain(Bijector):
    """Bijectors one after the other, the first of them first; their log-determinants add up.

    Args:
        bijectors: Those, in the order from x to z.
    """

    def __init__(self, bijectors: Iterable[Bijector]):
        self.bijectors = tuple(bijectors)

    def forward_and_log_det(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        total = 0.0
        for bijector in self.bijectors:
            x, log_det = bijector.forward_and_log_det(x, training)
            total = total + log_det
        return x, total

    def inverse(self, y: Tensor) -> Tensor:
        for bijector in reversed(self.bijectors):
            y = bijector.inverse(y)
        return y


class Flattened(Bijector):
    """(batch, *shape) -> (batch, D).

    Args:
        shape: Of one x.
    """

    def __init__(self, shape: tuple[int, ...]):
        self.shape = tuple(shape)

    def forward_and_log_det(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        return ops.reshape(x, (-1, math.prod(self.shape))), 0.0

    def inverse(self, y: Tensor) -> Tensor:
        return ops.reshape(y, (-1, *self.shape))


class Halves(Bijector):
    """(batch, D) -> its even entries (batch, ceil(D / 2)) and its odd ones (batch, D // 2).

    Args:
        size: D.
    """

    def __init__(self, size: int):
        self._order = np.argsort(np.r_[0:size:2, 1:size:2])

    def forward_and_log_det(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        return (x[:, 0::2], x[:, 1::2]), 0.0

    def inverse(self, y: Tensor) -> Tensor:
        return ops.take(ops.concatenate(y, axis=-1), self._order, axis=-1)


class Swapped(Bijector):
    """(a, b) -> (b, a): the other half's turn."""

    def forward_and_log_det(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        a, b = x
        return (b, a), 0.0

    def inverse(self, y: Tensor) -> Tensor:
        b, a = y
        return a, b


class Joined(Bijector):
    """(a, b) -> a and then b, (batch, D).

    Args:
        first: Features of a.
    """

    def __init__(self, first: int):
        self.first = first

    def forward_and_log_det(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        return ops.concatenate(x, axis=-1), 0.0

    def inverse(self, y: Tensor) -> Tensor:
        return y[:, : self.first], y[:, self.first :]
