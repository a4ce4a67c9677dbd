"""A run: where it stands, its parts, and how its callbacks see it as one."""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import keras

from keras_genzoo.engine.finite import diverged, non_finite


@dataclass(frozen=True)
class Progress:
    """Where a run stands: `batch` batches of `epoch` are done.

    Args:
        epoch: Index of the epoch, from 0.
        batch: Batches of it that were trained on; 0 between epochs.
        seed: Seed of the order of a NumPy array, None for other data.
        steps: Batches in an epoch, None where the data do not tell.
        stopped: A callback has ended the run after the epoch before this one.
        metrics: Values of the metrics' variables in mid-epoch.
    """

    epoch: int = 0
    batch: int = 0
    seed: int | None = None
    steps: int | None = None
    stopped: bool = False
    metrics: list = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """Epochs of a run that one call of Keras's `fit` trains.

    Args:
        first_epoch: Index of the first one.
        end_epoch: Index of the one after the last; that of the first, where the part only ends
            the run.
        batches_done: Batches of the first epoch that were trained on before.
    """

    first_epoch: int
    end_epoch: int
    batches_done: int = 0


def parts(progress: Progress, epochs: int) -> list[Part]:
    """The rest of a run: that of an epoch which was broken off, if any, then whole epochs.

    A run that a callback has stopped only ends.
    """
    first = progress.epoch
    if progress.stopped:
        epochs = first
    rest = []
    if progress.batch and first < epochs:
        rest = [Part(first, first + 1, progress.batch)]
        first += 1
    return [*rest, Part(first, max(first, epochs))]


@runtime_checkable
class Resumes(Protocol):
    """The callback that a run goes on by; callbacks are built on the engine, not it on them."""

    nothing_to_train: bool  # the run is over, and the model as it was at its end

    # Brings a model to where its run stands; see `ResumeTraining`.
    restore_progress: Callable[..., Progress]

    def begin(self, progress: Progress, steps: int | None, callbacks: list) -> None:
        """Told where the run starts, how many batches an epoch has, and who else is called."""

    def give_back(self) -> None:
        """Told where there is nothing to train: gives the callbacks what they had learned."""

    def interruptible(self) -> contextlib.AbstractContextManager:
        """Inside, an interruption waits for the end of the step."""

    def save_in_epoch(self, done: int) -> None:
        """Told where a run is broken off after `done` batches of an epoch."""

    @property
    def newest(self) -> Path | None:
        """The checkpoint that a run would go on from."""


class Cursor(keras.callbacks.Callback):
    """Opens each epoch of the data, restores a resumed epoch's running means, and finishes it.

    Args:
        open_epoch: Is called with each epoch's index before it begins.
        progress: Where the run starts.
    """

    def __init__(self, open_epoch: Callable[[int], None], progress: Progress):
        super().__init__()
        self.open_epoch, self.progress = open_epoch, progress

    def on_epoch_begin(self, epoch, logs=None):
        self.open_epoch(epoch)
        if epoch == self.progress.epoch and self.progress.batch and self.progress.metrics:
            for variable, value in zip(
                self.model.metrics_variables, self.progress.metrics, strict=True
            ):
                variable.assign(value)

    def on_epoch_end(self, epoch, logs=None):
        self.model.finish_epoch()


class OneRun(keras.callbacks.CallbackList):
    """Shows callbacks a single run, though one of several parts takes as many calls of `fit`.

    Where no callback follows the batches, none is told of them: Keras would start a thread's task
    for each. A run whose figures are no numbers any more is ended, before callbacks see them.

    Args:
        callbacks: In the order in which they are called.
        parts: Those of the run; each `on_train_begin` begins the next one.
        steps: Batches of an epoch, None where the data do not tell.
        resume: The one of the callbacks that writes checkpoints.
        **kwargs: What Keras's `CallbackList` takes.
    """

    def __init__(
        self, callbacks, parts: list[Part], steps: int | None, resume: Resumes | None, **kwargs
    ):
        super().__init__(callbacks, add_history=True, steps=steps, **kwargs)
        self.parts, self.steps, self.resume = parts, steps, resume
        self._coming = iter(parts)
        self.part, self.epoch = None, 0
        self.diverged_at: int | None = None
        hooks = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
        self.follows_batches = any(
            # Keras's mark of a hook that does nothing.
            not getattr(getattr(c, hook), "_is_default", False)
            for c in self.callbacks
            for hook in hooks
        )

    def on_train_begin(self, logs=None):
        self.part = next(self._coming)
        if self.part is self.parts[0]:
            super().on_train_begin(logs)

    def on_train_end(self, logs=None):
        if self.part is self.parts[-1]:
            super().on_train_end(logs)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch, logs=None):
        if self.follows_batches:
            super().on_train_batch_begin(batch + self.part.batches_done, logs)

    def on_train_batch_end(self, batch, logs=None):
        if not self.follows_batches:
            return
        batch += self.part.batches_done
        try:
            super().on_train_batch_end(batch, logs)
        except KeyboardInterrupt:
            if self.resume:  # the step is whole, so it need not be done again
                self.resume.save_in_epoch(batch + 1)
            raise
        if self.diverged_at is not None and not self._model.stop_training:
            self._end_diverged({})

    def _on_train_batch_end(self, batch, logs=None):
        # Called with each batch's figures, from a thread where no callback needs them at once.
        logs = {name: float(value) for name, value in (logs or {}).items()}
        if self.diverged_at is None and not all(map(math.isfinite, logs.values())):
            self.diverged_at = batch
        super()._on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        if self._async_train:
            self._flush_futures()  # of the batches' figures
        figures = {
            name: float(value)
            for name, value in (logs or {}).items()
            if name in self._model.metrics_names and not math.isfinite(float(value))
        }
        # A callback that has stopped the run, TerminateOnNaN for one, sees its end.
        if (figures or self.diverged_at is not None) and not self._model.stop_training:
            self._end_diverged(figures)
        super().on_epoch_end(epoch, logs)

    def _end_diverged(self, figures: dict):
        weights = non_finite(self.model)
        if not weights and self.model.dtype_policy.name == "mixed_float16":
            self.diverged_at = None  # the step was skipped: loss scaling does that
            return
        figures = figures or {
            name: value
            for name, value in self.model.get_metrics_result().items()
            if not math.isfinite(float(value))
        }
        newest = self.resume.newest if self.resume else None
        raise diverged(self.model, self.epoch, self.diverged_at, self.steps, figures, newest)
