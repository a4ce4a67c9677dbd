"""Data sets written to files, for the tests that load them."""

import struct

import numpy as np
from PIL import Image

from keras_genzoo.data import load

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 5, 4), np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9], np.uint8)
BLACK_AND_WHITE = RNG.integers(0, 2, (6, 8, 8), np.uint8)


def idx(array):
    """The content of an idx file of unsigned bytes."""
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()


def everything(path, split="train", labels=False, **kwargs):
    """All examples in the order of the file."""
    batches = load(path, split, labels=labels, shuffle=False, **kwargs)
    return (batches.x, batches.y) if labels else batches.x


def picture(path, array):
    """Writes a picture file, and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
