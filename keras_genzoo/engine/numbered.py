"""Data by number: batches counted over the whole run, so that it can start at any of them."""

from typing import Any

import keras
import numpy as np

from keras_genzoo import backends
from keras_genzoo.data.batches import Batches
from keras_genzoo.engine.checked import CheckedDataset, StartsAnywhere, is_array, is_tf_data
from keras_genzoo.engine.run import Part


class TrainingData:
    """What `fit` trains on, checked, and dealt out to the parts of a run.

    The order of an array is that of `seed`, drawn here from NumPy's global state; `reorder` takes
    the seed of a resumed run.

    Args:
        x: An array, `Batches` or a stream.
        y: Labels of an array.
        batch_size, shuffle, steps_per_epoch: Those of `fit`.

    Raises:
        ValueError: A `batch_size` for data that come in batches.
    """

    def __init__(
        self,
        x,
        y=None,
        *,
        batch_size: int | None = None,
        shuffle: bool = True,
        steps_per_epoch: int | None = None,
    ):
        if batch_size is not None and not is_array(x):
            raise ValueError(
                "batch_size belongs to arrays; these data come in batches already. "
                "zoo.data.load takes batch_size."
            )
        self.x, self.y = x, y
        self.batch_size, self.shuffle = batch_size or 32, bool(shuffle)
        self.steps_per_epoch = steps_per_epoch or None
        self._open = None
        self.reorder(int(np.random.randint(2**31)) if is_array(x) else None)

    def reorder(self, seed: int | None) -> None:
        """Gives an array the order of `seed`; other data keep their own."""
        self.seed, self.batches = seed, self.x
        if is_array(self.x):
            assert seed is not None  # what has an order of its own needs none
            self.batches = Batches(
                self.x, self.y, batch_size=self.batch_size, shuffle=self.shuffle, seed=seed
            )

    @property
    def steps(self) -> int | None:
        """Batches of an epoch, None where the data do not tell."""
        return self.steps_per_epoch or length(self.batches)

    @property
    def in_order(self) -> bool:
        """Whether an epoch that is begun again has the same batches."""
        # Keras shuffles the batches of a user's PyDataset anew each time.
        return not (isinstance(self.x, CheckedDataset) and self.shuffle)

    def check_batches_hold(self, least: int) -> None:
        """Raises ValueError where a batch has fewer than `least` examples; of a stream's, that is
        seen as they come.
        """
        if not isinstance(self.batches, Batches):
            return
        n, size = self.batches.num_examples, self.batches.batch_size
        if min(n, size) < least:
            raise ValueError(
                f"Expected batches of at least {least} examples; got {min(n, size)}. Raise "
                "batch_size."
            )
        if not self.batches.has_full_batches and n % size < least:
            raise ValueError(
                f"Expected batches of at least {least} examples; the last of {n} in batches of "
                f"{size} has {n % size}. Leave those out, or take another batch_size."
            )

    def of(self, part: Part, *, resumed: bool) -> dict[str, Any]:
        """What Keras's `fit` takes of the data in one part of a run.

        Args:
            part: Whose epochs.
            resumed: Whether a stream of which an epoch takes some batches stands where the run
                has come to; else it begins with its first batch.
        """
        if isinstance(self.batches, Batches):
            size = self.steps_per_epoch or len(self.batches)
            numbered = NumberedBatches(self.batches, size, part.first_epoch, part.batches_done)
            data, self._open = backends.pipeline(numbered)
            return {"x": data, "shuffle": False}
        steps = self.steps_per_epoch
        if not steps:
            data = _rest(self.x, part.batches_done)
        elif resumed and self.in_order:
            data = _rotated(self.x, part.first_epoch * steps + part.batches_done)
        else:
            data = self.x
        return {
            "x": data,
            "shuffle": self.shuffle and data is self.x and isinstance(data, keras.utils.PyDataset),
            "steps_per_epoch": steps - part.batches_done if steps else None,
        }

    def open(self, epoch: int) -> None:
        """Told before each epoch of a part: numbered batches become those of this one."""
        if self._open:
            self._open(epoch)


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


def split(x, y, fraction: float, batch_size: int | None):
    """Keras's validation_split: the last part of an array, before any shuffling.

    Returns:
        Twice data and labels: of training, and those held out, in `Batches` of this size.
    """
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
    return (x[:n], of_training), (validation, None)


def to_validate(x, y, batch_size: int | None) -> dict[str, Any]:
    """What Keras's `fit` takes to validate on checked data, None for no validation."""
    if y is not None:
        x, y = Batches(x, y, batch_size=batch_size or 32, shuffle=False), None
    return {
        "validation_data": one_pass(x),
        # It belongs to arrays; all else comes in batches.
        "validation_batch_size": batch_size if is_array(x) else None,
    }


# ---------------------------------------------------------------------- streams


def _rest(x, done: int):
    """A stream without its first `done` batches; a generator goes on wherever it stands."""
    if not done:
        return x
    if is_tf_data(x):
        return x.skip(done)
    return x.from_batch(done) if isinstance(x, StartsAnywhere) else x


def _rotated(x, seen: int):
    """A stream that begins after the batches `seen`, and has those after its last one.

    So an epoch of it begins where the one before has ended, pass after pass.
    """
    batches = length(x)
    done = seen % batches if batches else seen
    if not done:
        return x
    if is_tf_data(x):
        return x.skip(done).concatenate(x.take(done)) if batches else x.skip(done)
    return x.from_batch(done, rotated=True) if isinstance(x, StartsAnywhere) else x
