"""Data by number: batches counted over the whole run, so that it can start at any of them."""

import keras
import numpy as np

from keras_genzoo import backends
from keras_genzoo.data.batches import Batches
from keras_genzoo.engine.checked import is_array, is_tf_data


class NumberedBatches(keras.utils.PyDataset):
    """An epoch of numbered batches, from its batch `first` on.

    Not `on_epoch_end`, which Keras calls early, after it has peeked at the first batches: epochs
    are opened from outside.
    """

    def __init__(self, batches: Batches, steps: int, epoch: int, first: int = 0):
        super().__init__()
        self.batches, self.steps, self.epoch, self.first = batches, steps, epoch, first

    def open(self, epoch: int):
        self.epoch = epoch

    def __len__(self):
        return self.steps - self.first

    def __getitem__(self, i):
        return self.batches.batch_at(self._step(i))

    @property
    def ends_with_data(self) -> bool:
        """Whether an epoch is one pass, so that no batch but its last can be a short one."""
        return self.steps == len(self.batches)

    def indices(self) -> np.ndarray:
        """The examples of the epoch's batches, one after the other."""
        return np.concatenate([self.batches.indices_at(self._step(i)) for i in range(len(self))])

    def _step(self, i):
        return self.epoch * self.steps + self.first + i


def one_pass(x):
    """Data to evaluate: all examples of `zoo.data` in their order, in the form that the backend
    reads fastest."""
    if not isinstance(x, Batches):
        return x
    if x.shuffle:
        x = Batches(
            x.x,
            x.y,
            batch_size=x.batch_size,
            shuffle=False,
            seed=x.seed,
            augment=x.augment,
            name=x.name,
        )
    data, _ = backends.pipeline(NumberedBatches(x, len(x), epoch=0))
    return data


def length(x) -> int | None:
    """Batches of an epoch, None where the data do not tell."""
    if isinstance(x, keras.utils.PyDataset):
        return x.num_batches
    try:
        return len(x)
    except TypeError:  # generators, and tf.data of unknown or infinite cardinality
        return None


def from_batch(x, steps, epoch, first, walks_on=False):
    """The data of the epochs from `epoch` on, the first `first` batches of an epoch left out.

    Args:
        x: The data, checked.
        steps: Batches of an epoch.
        epoch, first: Where to begin.
        walks_on: Whether an epoch of tf.data begins where the one before has ended, as it does
            under `steps_per_epoch`.
    """
    if isinstance(x, Batches):
        return NumberedBatches(x, steps, epoch, first)
    if is_tf_data(x):
        batches = length(x)
        seen = epoch * steps + first if walks_on else first
        return x.skip(seen % batches if batches else seen) if seen else x
    # A generator goes on wherever it stands.
    return x.from_batch(first) if first and hasattr(x, "from_batch") else x


def split(x, y, batch_size, fraction, validation_data):
    """Keras's validation_split: the last part of an array, before any shuffling.

    Returns:
        The examples and labels to train on, and what is held out.
    """
    if validation_data is not None:
        raise ValueError("Expected validation_split or validation_data, not both.")
    if not is_array(x):
        raise ValueError("validation_split needs an array; pass validation_data instead.")
    if not 0 < fraction < 1:
        raise ValueError(f"Expected validation_split between 0 and 1; got {fraction}.")
    n = int(len(x) * (1 - fraction))
    if n == 0 or n == len(x):
        raise ValueError(f"validation_split={fraction} leaves one side of {len(x)} examples empty.")
    of_training, held_out = (None, None) if y is None else (y[:n], y[n:])
    # Not shuffled, all of it used.
    validation = Batches(x[n:], held_out, batch_size=batch_size or 32, shuffle=False)
    return x[:n], of_training, validation
