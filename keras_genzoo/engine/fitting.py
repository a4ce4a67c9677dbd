"""What `fit` adds to Keras's: batches numbered over the whole run, and a start in mid-epoch."""

import itertools
from dataclasses import dataclass, field

import keras
import numpy as np
from keras import ops

from keras_genzoo.data.batches import Batches
from keras_genzoo.engine import gradients


@dataclass(frozen=True)
class Progress:
    """Where a run stands: `batch` batches of `epoch` are done.

    Args:
        epoch: Index of the epoch, from 0.
        batch: Batches of it that were trained on; 0 between epochs.
        seed: Seed of the order of a NumPy array, None for other data.
        steps: Batches in an epoch, None where the data do not tell.
        metrics: Values of the metrics' variables in mid-epoch.
    """

    epoch: int = 0
    batch: int = 0
    seed: int | None = None
    steps: int | None = None
    metrics: list = field(default_factory=list)


def is_array(x) -> bool:
    """NumPy arrays and the tensors of every backend."""
    return isinstance(x, np.ndarray | list) or ops.is_tensor(x)


def peek(x):
    """The examples that checks look at (all of an array, else the first batch), and `x` again.

    A generator's first batch is put back, hence the second value.
    """
    if x is None:
        raise ValueError("Expected data: a NumPy array, zoo.data, a tf.data.Dataset or PyDataset.")
    if isinstance(x, Batches):
        return (x.x if x.y is None else (x.x, x.y)), x
    if is_array(x):
        # Not again what is NumPy already: the conversion would copy it.
        x = x if isinstance(x, np.ndarray) else ops.convert_to_numpy(x)
        return x, x
    if isinstance(x, keras.utils.PyDataset):
        if x.num_batches == 0:
            raise ValueError("Expected data with at least one batch; the data set is empty.")
        return x[0], x
    iterator = iter(x)
    first = next(iterator, None)
    if first is None:
        raise ValueError("Expected data with at least one batch; the data set is empty.")
    if iterator is x:
        # Keras takes nothing but a generator for a generator.
        x = (batch for batch in itertools.chain([first], iterator))
    return first, x


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
    """Data to evaluate, in the form that the backend reads fastest."""
    if not isinstance(x, Batches):
        return x
    data, _ = gradients.pipeline(NumberedBatches(x, len(x), epoch=0))
    return data


class RestOfEpoch(keras.utils.PyDataset):
    """A user's PyDataset from its batch `first` on."""

    def __init__(self, dataset, first: int):
        super().__init__(
            workers=dataset.workers,
            use_multiprocessing=dataset.use_multiprocessing,
            max_queue_size=dataset.max_queue_size,
        )
        self.dataset, self.first = dataset, first

    def __len__(self):
        return self.dataset.num_batches - self.first

    def __getitem__(self, i):
        return self.dataset[self.first + i]


class Cursor(keras.callbacks.Callback):
    """Opens each epoch of the data, and restores a resumed epoch's running means."""

    def __init__(self, progress: Progress):
        super().__init__()
        self.progress, self.open_epoch = progress, None

    def on_epoch_begin(self, epoch, logs=None):
        if self.open_epoch:
            self.open_epoch(epoch)
        if epoch == self.progress.epoch and self.progress.batch and self.progress.metrics:
            for variable, value in zip(
                self.model.metrics_variables, self.progress.metrics, strict=True
            ):
                variable.assign(value)


class OneRun(keras.callbacks.CallbackList):
    """Shows callbacks a single run, though a resumed one takes two calls of Keras's `fit`.

    Where no callback follows the batches, none is told of them: Keras would start a thread's task
    for each.
    """

    def __init__(self, callbacks, first_batch: int, **kwargs):
        super().__init__(callbacks, add_history=True, **kwargs)
        self.offset, self.begun, self.last_part = first_batch, False, False
        hooks = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
        self.follows_batches = any(
            # Keras's mark of a hook that does nothing.
            not getattr(getattr(c, hook), "_is_default", False)
            for c in self.callbacks
            for hook in hooks
        )

    def on_train_begin(self, logs=None):
        if not self.begun:
            super().on_train_begin(logs)
        self.begun = True

    def on_train_end(self, logs=None):
        if self.last_part:
            super().on_train_end(logs)

    def on_train_batch_begin(self, batch, logs=None):
        if self.follows_batches:
            super().on_train_batch_begin(batch + self.offset, logs)

    def on_train_batch_end(self, batch, logs=None):
        if self.follows_batches:
            super().on_train_batch_end(batch + self.offset, logs)


def fit(
    model,
    keras_fit,
    *,
    x,
    y,
    batch_size,
    epochs,
    verbose,
    callbacks,
    validation_split,
    validation_data,
    shuffle,
    initial_epoch,
    steps_per_epoch,
    **validation,
):
    """Runs `keras_fit` over numbered batches, from where a `ResumeTraining` callback left off."""
    x = model.check_data(x, y)
    if validation_split:
        x, validation_data = _split(x, batch_size, validation_split, validation_data)
    elif validation_data is not None:
        validation_data = model.check_data(*keras.utils.unpack_x_y_sample_weight(validation_data))
    validation_data = one_pass(validation_data)

    callbacks = list(keras.tree.flatten(callbacks)) if callbacks else []
    # Duck-typed: callbacks are built on the engine, not the engine on callbacks.
    resume = [c for c in callbacks if hasattr(c, "restore_progress")]
    if len(resume) > 1:
        raise ValueError(f"Expected one callback that resumes training; got {len(resume)}.")

    seed = int(np.random.randint(2**31)) if is_array(x) else None
    progress = Progress(epoch=initial_epoch, seed=seed)
    if resume:
        progress = resume[0].restore_progress(model, progress)
    if is_array(x):
        x = Batches(
            x,
            batch_size=batch_size or 32,
            shuffle=bool(shuffle),
            seed=seed if progress.seed is None else progress.seed,
        )
    elif batch_size is not None:
        raise ValueError(
            "batch_size belongs to arrays; these data come in batches already. "
            "zoo.data.load takes batch_size."
        )
    steps = steps_per_epoch or _length(x)
    if isinstance(x, Batches) and min(x.batch_size, x.num_examples) < model.smallest_batch:
        raise ValueError(
            f"Expected batches of at least {model.smallest_batch} examples; got "
            f"{min(x.batch_size, x.num_examples)}. Raise batch_size."
        )
    if progress.batch and progress.steps != steps:
        raise ValueError(
            f"This run stopped after batch {progress.batch} of {progress.steps} of an epoch, but "
            f"the data now give {steps} batches an epoch. Resume with the same data and batch "
            "size, or start in another folder."
        )
    if resume:
        resume[0].begin(progress, steps)

    cursor = Cursor(progress)
    run = OneRun(
        [cursor, *callbacks],
        progress.batch,
        add_progbar=verbose != 0,
        model=model,
        verbose=verbose,
        epochs=epochs,
        steps=steps,
    )

    # A resumed run has two parts: the rest of the interrupted epoch, then whole epochs.
    parts = [(progress.epoch, epochs, 0)]
    if progress.batch and progress.epoch < epochs:
        parts = [
            (progress.epoch, progress.epoch + 1, progress.batch),
            (progress.epoch + 1, epochs, 0),
        ]
    model.stop_training = False
    for number, (first_epoch, last_epoch, first_batch) in enumerate(parts, 1):
        run.last_part = model.optimizer.finalizes = number == len(parts)
        run.offset = first_batch
        data = _from_batch(x, steps, first_epoch, first_batch)
        # Numbered batches know their number in an epoch; other data must be told.
        own_steps = steps_per_epoch and not isinstance(data, NumberedBatches)
        shuffles = shuffle and data is x and isinstance(x, keras.utils.PyDataset)
        if isinstance(data, NumberedBatches):
            data, cursor.open_epoch = gradients.pipeline(data)
        keras_fit(
            data,
            # Where a callback stopped the first part, the second has no epochs: it only ends.
            initial_epoch=last_epoch if model.stop_training else first_epoch,
            epochs=last_epoch,
            steps_per_epoch=steps_per_epoch - first_batch if own_steps else None,
            shuffle=shuffles,
            verbose=verbose,
            callbacks=run,
            validation_data=validation_data,
            **validation,
        )
    return model.history


def _length(x) -> int | None:
    if isinstance(x, keras.utils.PyDataset):
        return x.num_batches
    try:
        return len(x)
    except TypeError:  # generators, and tf.data of unknown or infinite cardinality
        return None


def _from_batch(x, steps, epoch, first):
    """The data of the epochs from `epoch` on, the first `first` batches of an epoch left out."""
    if isinstance(x, Batches):
        return NumberedBatches(x, steps, epoch, first)
    if not first:
        return x
    if isinstance(x, keras.utils.PyDataset):
        return RestOfEpoch(x, first)
    if hasattr(x, "skip"):  # tf.data
        return x.skip(first)
    return x  # a generator or a loader: what it gives next is up to it


def _split(x, batch_size, fraction, validation_data):
    """Keras's validation_split: the last part of an array, before any shuffling."""
    if validation_data is not None:
        raise ValueError("Expected validation_split or validation_data, not both.")
    if not is_array(x):
        raise ValueError("validation_split needs an array; pass validation_data instead.")
    if not 0 < fraction < 1:
        raise ValueError(f"Expected validation_split between 0 and 1; got {fraction}.")
    n = int(len(x) * (1 - fraction))
    if n == 0 or n == len(x):
        raise ValueError(f"validation_split={fraction} leaves one side of {len(x)} examples empty.")
    # Not shuffled, all of it used.
    validation = Batches(x[n:], batch_size=batch_size or 32, shuffle=False)
    return x[:n], validation
