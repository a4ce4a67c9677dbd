"""Labels of classes: what a conditional model is told beside each example."""

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.types import Tensor


@dataclass(frozen=True)
class Labels:
    """Class numbers 0..num_classes-1: beside each example of training, and an input of samples.

    Args:
        num_classes: How many there are, 2 or more.
    """

    num_classes: int

    shape = ()  # of one label

    def __post_init__(self):
        whole_number("num_classes", self.num_classes, least=2)

    @property
    def tensor(self) -> tuple:
        """Shape and dtype of a batch, as exported functions take it."""
        return (None,), "int32"

    def draw(self, n: int | Tensor, seed: SeedGenerator) -> Tensor:
        """n labels, int32, each class as likely."""
        u = backends.uniform((n,), seed)
        drawn = ops.cast(ops.floor(u * self.num_classes), "int32")
        return ops.minimum(drawn, self.num_classes - 1)  # a product may round up

    def check_shape(self, labels: Any) -> None:
        """Raises ValueError unless `labels` are (batch,) integers, as far as that is known."""
        shape = tuple(labels.shape)
        if len(shape) != 1:
            raise ValueError(f"Expected labels of shape (batch,); got {shape}.{_hint(shape)}")
        dtype = keras.backend.standardize_dtype(labels.dtype)
        if not keras.backend.is_int_dtype(dtype):
            raise ValueError(
                f"Expected labels, integers in {self._range}; got dtype {dtype}. Do "
                'np.asarray(labels, "int32"), where they are class numbers.'
            )

    def check(self, labels: Any, n: int | None = None) -> np.ndarray:
        """`labels` as int32 (n,).

        Raises:
            ValueError: Another shape or dtype, or number of them; classes that do not exist.
        """
        labels = self._numbers(labels)
        self.check_shape(labels)
        if n is not None and len(labels) != n:
            raise ValueError(f"Expected {n} labels, one for each example; got {len(labels)}.")
        bad = labels[(labels < 0) | (labels >= self.num_classes)]
        if len(bad):
            hint = ""
            if labels.min() == 1 and labels.max() == self.num_classes:
                hint = " Count from 0: labels - 1."
            raise ValueError(
                f"Expected labels in {self._range}, the model's num_classes={self.num_classes}; "
                f"got {bad[0]}.{hint}"
            )
        return labels.astype("int32")

    def given(self, name: str, value: Any, n: int) -> np.ndarray:
        """Labels of n samples, of one for all of them or of n."""
        del name
        labels = self._numbers(value)
        return self.check(labels if labels.ndim else np.full(n, labels), n)

    def _numbers(self, labels: Any) -> np.ndarray:
        """`labels` as an array of numbers; ValueError for what is none."""
        try:
            found = np.asarray(ops.convert_to_numpy(labels) if ops.is_tensor(labels) else labels)
        except ValueError:  # lists of several lengths
            found = None
        if found is not None and found.dtype.kind in "biuf":
            return found
        wanted = f"Expected labels, integers in {self._range}"
        if isinstance(labels, Iterable) and not isinstance(labels, str | bytes | Sized):
            raise ValueError(f"{wanted}; got a {type(labels).__name__}. Do list(labels).")
        what = type(labels).__name__ if found is None else f"{type(labels).__name__}, {found.dtype}"
        raise ValueError(
            f"{wanted}; got {what}. Number the classes: np.unique(labels, return_inverse=True)[1]."
        )

    @property
    def _range(self) -> str:
        return f"0..{self.num_classes - 1}"


def beside(x: Any, labels: Tensor | None) -> Any:
    """What a network takes: x alone, or x and the labels of a conditional model."""
    return x if labels is None else [x, labels]


def _hint(shape: tuple) -> str:
    if len(shape) == 2 and shape[1] == 1:
        return " Take the column: labels[:, 0]."
    if len(shape) == 2:
        return " Are they one-hot? Do np.argmax(labels, axis=1)."
    return ""
