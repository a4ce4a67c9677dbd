"""Weights in half precision: files of half the size, which load as float32."""

from pathlib import Path

import h5py
import numpy as np
from keras import ops

DTYPES = ("float32", "float16")


def round_to_half(model) -> None:
    """Rounds a model's float32 weights to the nearest numbers that float16 has.

    Raises:
        ValueError: A weight beyond 65,504, the largest of them.
    """
    for variable in model.weights:
        value = ops.convert_to_numpy(variable.value)
        if not _is_halved(value):
            continue
        with np.errstate(over="ignore"):
            half = value.astype(np.float16)
        if np.isinf(half).sum() > np.isinf(value).sum():
            raise ValueError(
                f"Expected weights within 65,504 of zero, as float16 has them; {variable.path} "
                f'goes to {np.abs(value).max():g}. Save them as they are: dtype="float32".'
            )
        variable.assign(half.astype(np.float32))


def _is_halved(value) -> bool:
    """Whether an array is stored in half precision: single numbers, such as counts, are not."""
    return value.dtype == np.float32 and value.ndim > 0


def halve(path: Path) -> None:
    """Rewrites a file of Keras's weights with float16 for float32; a reader casts them back."""
    smaller = path.with_name(f"half-{path.name}")

    def copy(name, item):
        if isinstance(item, h5py.Group):
            made = target.require_group(name)
        else:
            value = item[()]
            value = value.astype(np.float16) if _is_halved(value) else value
            made = target.create_dataset(name, data=value)
        made.attrs.update(item.attrs)

    # A new file, since HDF5 does not give back the space of what is replaced in one.
    with h5py.File(path) as source, h5py.File(smaller, "w") as target:
        target.attrs.update(source.attrs)
        source.visititems(copy)
    smaller.replace(path)
