"""Labels of classes: what a conditional model is told beside each example."""

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
                'labels.astype("int32"), where they are class numbers.'
            )

    def check(self, labels: Any, n: int | None = None) -> np.ndarray:
        """`labels` as int32 (n,).

        Raises:
            ValueError: Another shape or dtype, or number of them; classes that do not exist.
        """
        labels = np.asarray(ops.convert_to_numpy(labels) if ops.is_tensor(labels) else labels)
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
        if np.ndim(value) == 0:
            value = np.full(n, value)
        return self.check(value, n)

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
