"""Codes of InfoGAN: what they are drawn from, and how much a recognition network tells of them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from keras.random import SeedGenerator
from numpy.typing import ArrayLike

from keras_genzoo import backends, losses
from keras_genzoo.support.checks import finite
from keras_genzoo.support.types import Tensor

# Continuous codes are drawn in [-1, 1); the paper shows images of codes from -2 to 2.
LARGEST = 2


@dataclass(frozen=True)
class Codes:
    """Independent codes, an input of samples: a row (size,) of each sample.

    First the categorical ones, each a one-hot vector whose places are as likely, then the
    continuous ones, uniform in [-1, 1).

    Args:
        categories: Places of each categorical code.
        num_continuous: How many continuous codes there are.
    """

    categories: tuple[int, ...]
    num_continuous: int

    def __post_init__(self):
        if not self.size or any(places < 2 for places in self.categories):
            raise ValueError(
                "Expected categories, 2 or more in each code, or num_continuous above 0; got "
                f"{list(self.categories)} and {self.num_continuous}."
            )

    @property
    def size(self) -> int:
        return sum(self.categories) + self.num_continuous

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.size,)

    @property
    def entropies(self) -> tuple[float, float]:
        """Of the categorical codes and of the continuous ones, in nats."""
        return sum(map(math.log, self.categories)), self.num_continuous * math.log(2.0)

    def draw(self, n: int | Tensor, seed: SeedGenerator) -> Tensor:
        """Those of n samples, float32 (n, size)."""
        parts = []
        for places in self.categories:
            drawn = ops.cast(ops.floor(backends.uniform((n,), seed) * places), "int32")
            # A product may round up.
            parts.append(ops.one_hot(ops.minimum(drawn, places - 1), places, dtype="float32"))
        if self.num_continuous:
            parts.append(2.0 * backends.uniform((n, self.num_continuous), seed) - 1.0)
        return ops.concatenate(parts, axis=-1)

    def given(self, name: str, value: Any, n: int) -> np.ndarray:
        """Those of n samples as a user gives them, float32 (n, size): a row for all, or n.

        Raises:
            ValueError: Another shape; a categorical code that is not one-hot; a continuous one
                below -2 or above 2.
        """
        value = np.asarray(ops.convert_to_numpy(value), "float32")
        if value.shape in ((self.size,), (1, self.size)):
            value = np.broadcast_to(value, (n, self.size))
        if value.shape != (n, self.size):
            raise ValueError(
                f"Expected {name} of shape {(n, self.size)}, or {(self.size,)} for all; got "
                f"{value.shape}."
            )
        finite(value, name)
        *categorical, continuous = self.split(value)
        for i, code in enumerate(categorical):
            bad = ~(((code == 0) | (code == 1)).all(axis=1) & (code.sum(axis=1) == 1))
            if bad.any():
                raise ValueError(
                    f"{name} out of range: expected categorical code {i} one-hot, a 1 and else 0; "
                    f"got {code[bad][0].tolist()}. Write it by model.codes(category=...)."
                )
        if (np.abs(continuous) > LARGEST).any():
            worst = continuous.flat[np.abs(continuous).argmax()]
            raise ValueError(
                f"{name} out of range: expected continuous codes in [-{LARGEST}, {LARGEST}], of "
                f"which training draws those in [-1, 1); got {worst:g}."
            )
        return np.array(value)

    def split(self, values: Any) -> list:
        """The parts of each categorical code, and last that of all continuous ones."""
        ends = np.cumsum([0, *self.categories]).tolist()
        parts = [values[:, a:b] for a, b in zip(ends, ends[1:], strict=False)]
        return [*parts, values[:, ends[-1] :]]

    def written(self, category: ArrayLike | None, continuous: ArrayLike | None) -> np.ndarray:
        """Rows (n, size) of categories, () or (n,), of several codes (k,) or (n, k); and of
        continuous codes (m,) or (n, m), None for zeros.
        """
        k = len(self.categories)
        if (category is None) == (k > 0):
            raise ValueError(
                f"Expected category, of {k} categorical codes; got {category!r}. "
                + ("Pass one of each." if k else "Leave it out.")
            )
        chosen = np.zeros((1, 0), int) if category is None else np.asarray(category)
        chosen = chosen.reshape(-1, 1) if k == 1 else np.atleast_2d(chosen)
        real = np.zeros((1, self.num_continuous)) if continuous is None else continuous
        real = np.atleast_2d(np.asarray(real, "float32"))
        if chosen.shape[1:] != (k,) or real.shape[1:] != (self.num_continuous,):
            raise ValueError(
                f"Expected {k} categories and {self.num_continuous} continuous codes for each "
                f"sample; got category={category!r} and continuous={continuous!r}."
            )
        if chosen.dtype.kind not in "iu" or (chosen < 0).any() or (chosen >= self.categories).any():
            raise ValueError(
                f"codes out of range: expected category, integers below {list(self.categories)}; "
                f"got {category!r}."
            )
        if len({1, len(chosen), len(real)}) > 2:
            raise ValueError(
                f"Expected as many continuous codes as categories; got {len(real)} and "
                f"{len(chosen)}."
            )
        n = max(len(chosen), len(real))
        parts = [np.eye(places)[chosen[:, i]] for i, places in enumerate(self.categories)]
        rows = [np.broadcast_to(part, (n, part.shape[1])) for part in (*parts, real)]
        return self.given("codes", np.concatenate(rows, axis=1), n)

    def nearest(self, read: np.ndarray) -> np.ndarray:
        """Codes (n, size) of probabilities and means: the likeliest places, and means in range."""
        *probabilities, means = self.split(read)
        places = [np.eye(p.shape[1], dtype="float32")[p.argmax(axis=1)] for p in probabilities]
        return np.concatenate([*places, np.clip(means, -LARGEST, LARGEST)], axis=1)


@dataclass(frozen=True)
class Recognition:
    """Q(c | x), as a network's output has it: logits of each categorical code, then the means of
    the continuous ones, then, where their deviation is learned, the logarithms of their variances.

    Args:
        codes: What is recognized.
        std: The deviation of all continuous codes; None for one that is learned.
    """

    codes: Codes
    std: float | None

    @property
    def size(self) -> int:
        """Numbers that the network gives for an example."""
        return self.codes.size + (self.codes.num_continuous if self.std is None else 0)

    def read(self, output: Tensor) -> Tensor:
        """Probabilities and means, in the places that codes have: (batch, codes.size)."""
        *logits, rest = self.codes.split(ops.cast(output, "float32"))
        parts = [ops.softmax(part, axis=-1) for part in logits]
        return ops.concatenate([*parts, rest[:, : self.codes.num_continuous]], axis=-1)

    def information(self, output: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
        """H(c) + log Q(c | x) in nats, (batch,), of the categorical codes and of the continuous
        ones: their means are lower bounds of the mutual information of codes and examples.
        """
        *logits, rest = self.codes.split(ops.cast(output, "float32"))
        *chosen, continuous = self.codes.split(codes)
        categorical_entropy, continuous_entropy = self.codes.entropies
        categorical = ops.zeros_like(codes[:, 0])
        for part, one_hot in zip(logits, chosen, strict=True):
            categorical += ops.sum(one_hot * ops.log_softmax(part, axis=-1), axis=-1)
        m = self.codes.num_continuous
        log_var = rest[:, m:] if self.std is None else 2.0 * math.log(self.std)
        normal = losses.normal_log_prob(continuous, rest[:, :m], log_var)
        return categorical_entropy + categorical, continuous_entropy + normal
