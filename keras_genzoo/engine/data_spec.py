"""What a model takes in: the shape of one example, and checks that name the mistake early."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from keras import ops

from keras_genzoo.support.types import Tensor


@dataclass(frozen=True)
class DataSpec:
    """One example's shape: an image (height, width, channels) in 0..255, or a vector (features,).

    Arguments and errors speak of batches: `check` looks at values and belongs on the host, once;
    `check_shape` also works on tensors inside a graph.

    Args:
        shape: (height, width, channels) or (features,).
    """

    shape: tuple[int, ...]

    def __post_init__(self):
        if len(self.shape) not in (1, 3) or not all(
            isinstance(n, int | np.integer) and n > 0 for n in self.shape
        ):
            raise ValueError(
                "Expected image_shape=(height, width, channels) or num_features=n, in positive "
                f"integers; got {self.shape!r}."
            )

    @classmethod
    def of(cls, image_shape: Sequence[int] | None, num_features: int | None = None) -> "DataSpec":
        """The spec of a constructor's `image_shape` or `num_features`, of which it takes one."""
        if (image_shape is None) == (num_features is None):
            raise ValueError(
                "Expected either image_shape=(height, width, channels) for images or "
                f"num_features=n for vectors; got image_shape={image_shape!r}, "
                f"num_features={num_features!r}."
            )
        if num_features is not None:
            return cls((num_features,))
        assert image_shape is not None
        spec = cls(tuple(image_shape))
        if not spec.is_image:
            raise ValueError(
                f"Expected image_shape=(height, width, channels); got {image_shape!r}. For "
                "vectors, models that take them have num_features=n."
            )
        return spec

    @property
    def is_image(self) -> bool:
        return len(self.shape) == 3

    @property
    def name(self) -> str:
        """What exported functions call examples: "images", or "x" for vectors."""
        return "images" if self.is_image else "x"

    @property
    def size(self) -> int:
        """Dimensions of one example, D."""
        return int(np.prod(self.shape))

    @property
    def tensor(self) -> tuple:
        """Shape and dtype of a batch, as exported functions take it."""
        return (None, *self.shape), "uint8" if self.is_image else "float32"

    def check_shape(self, x: np.ndarray | Tensor, what: str = "x") -> None:
        """Raises ValueError unless `x` is a batch of this shape, as far as its shape is known."""
        shape = tuple(x.shape)
        if len(shape) == len(self.shape) + 1 and all(
            got is None or got == want for got, want in zip(shape[1:], self.shape, strict=True)
        ):
            return
        want = ", ".join(map(str, self.shape))
        hint = ""
        if shape == self.shape:
            hint = " Add a batch axis: x[None]."
        elif self.is_image and shape[1:] == self.shape[:2] and self.shape[2] == 1:
            hint = " Add the channel axis: x[..., None]."
        elif self.is_image and len(shape) == 4 and shape[1:] == (self.shape[2], *self.shape[:2]):
            hint = " Move the channels last: np.moveaxis(x, 1, -1)."
        elif len(shape) == len(self.shape) + 1:
            hint = f" Resize the data, or build the model for shape {shape[1:]}."
        raise ValueError(f"Expected {what} of shape (batch, {want}); got {shape}.{hint}")

    def check(self, x: np.ndarray | Tensor, what: str = "x", *, whole: bool = True) -> None:
        """Raises ValueError unless the array `x` is a batch of usable examples: shape and values.

        Images are numbers in 0..255. Floats that were rescaled to [0, 1] or [-1, 1] are an error,
        and so are integers that are 0 and 1 alone, since their likelihoods and samples would be
        wrong without a word.

        Args:
            x: The array, or a tensor.
            what: What it is called in messages.
            whole: Whether `x` is all of the data. A single batch may be that dark: see `Watch`,
                which judges several.
        """
        if isinstance(x, str | Path):
            raise ValueError(
                f"Expected {what}, an array or a data set; got the path {str(x)!r}. Read it first: "
                f"zoo.data.load({str(x)!r})."
            )
        if hasattr(x, "element_spec") or hasattr(x, "num_batches") or hasattr(x, "__next__"):
            raise ValueError(
                f"Expected {what}, an array; got a {type(x).__name__}. Give the array of its "
                "examples (that of zoo.data is data.x), or one batch at a time."
            )
        x = x if isinstance(x, np.ndarray) else ops.convert_to_numpy(x)
        self.check_shape(x, what)
        if len(x) == 0:
            raise ValueError(f"Expected {what} with at least one example; it is empty.")
        if x.dtype.kind not in "fiub":
            raise ValueError(f"Expected {what} of numbers; got dtype {x.dtype}.")
        dark = self.is_image and not whole and is_dark(x)
        if self.is_image and whole and is_binary(x):
            raise ValueError(self.binary_message(x.dtype, what))
        if (x.dtype == np.uint8 and self.is_image) or dark:
            return
        low, high = float(x.min()), float(x.max())
        if not np.isfinite([low, high]).all():
            count = int(np.size(x) - np.isfinite(x).sum())
            raise ValueError(
                f"Expected finite {what}; {count} of {np.size(x)} values are NaN or infinite."
            )
        if self.is_image:
            self.check_range(low, high, x.dtype, what)

    def check_range(self, low: float, high: float, dtype: Any, what: str = "x") -> None:
        """Raises ValueError for images whose finite values, from `low` to `high`, are no pixels."""
        values = f"{what} has {dtype} values in [{low:g}, {high:g}]"
        if low >= 0 and np.dtype(dtype).kind in "fb" and 0 < high <= 1:
            raise ValueError(
                f"Expected pixels in 0..255; {values}, which look rescaled to [0, 1]. Give the "
                "original pixels, or x * 255; the model scales them itself."
            )
        if low >= 0 and high <= 255:
            return
        hint = ""
        if low < 0 and low >= -1 and high <= 1:
            hint = " Were they rescaled to [-1, 1]? Undo it: (x + 1) * 127.5."
        elif low >= -25 and high <= 280:
            hint = " Clip them, where an augmentation or a resizing went over: np.clip(x, 0, 255)."
        raise ValueError(f"Expected pixels in 0..255; {values}.{hint}")

    def binary_message(self, dtype: Any, what: str = "x") -> str:
        """Why integers of 0 and 1 are refused."""
        return (
            f"Expected pixels in 0..255; {what} has {dtype} values of 0 and 1 alone, which are "
            "nearly black. Are they binary images? Give x * 255."
        )


# Fewer images may well be nearly black.
ENOUGH_TO_JUDGE = 16


def is_dark(x: np.ndarray) -> bool:
    """Whether floats are 0 and 1 alone, as a rescaled image would hardly be."""
    return x.dtype.kind == "f" and x.max() == 1 and bool(((x == 0) | (x == 1)).all())


def is_binary(x: np.ndarray) -> bool:
    """Whether integers hold ones and nothing above, in enough examples to say so."""
    # Most sets show more than that in their first examples.
    judged = x.dtype.kind in "iu" and len(x) >= ENOUGH_TO_JUDGE and x[:64].max() <= 1
    return judged and x.max() == 1
