"""Data sets: batches whose order and augmentation are pure functions of (seed, step)."""

from keras_genzoo.data.batches import Batches
from keras_genzoo.data.load import load

__all__ = ["Batches", "load"]
