"""Training that survives `kill -9`."""

import contextlib
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import keras
from keras import ops

from keras_genzoo.callbacks import log_rows
from keras_genzoo.engine import identity
from keras_genzoo.engine.callback_states import CallbackStates
from keras_genzoo.engine.checkpoint import Checkpoint, Checkpoints
from keras_genzoo.engine.finite import diverged, non_finite
from keras_genzoo.engine.run import Progress
from keras_genzoo.support.types import FilePath


class ResumeTraining(keras.callbacks.Callback):
    """Continues an interrupted `fit` exactly where its last checkpoint left off.

    Run the same script again: weights, the optimizers' state, random states, the running means
    of the logs, the state of the other callbacks, the history and the place in the data are
    restored, in mid-epoch too, and the run ends in the same bits as one that was never
    interrupted. That holds for NumPy arrays and for `zoo.data`. A `tf.data.Dataset`, a `PyDataset`
    without shuffling and a PyTorch loader go on at the same batch, which is exact where their order
    is fixed (under `steps_per_epoch`, a data set is read again up to there). A `PyDataset` that
    Keras shuffles begins the epoch anew, and a generator goes on wherever it stands.

    Of other callbacks the state is what has changed in their plain attributes (numbers, strings,
    arrays, lists, dictionaries and sets of these), or their property `state` where they have one
    that can be assigned. A callback is known again by its class and settings. The rows of a
    `CSVLogger` that a resumed run writes again are taken out of its file first. Wherever this
    callback stands in the list, it is called last.

    A run that has its epochs, or that a callback such as `EarlyStopping` has ended, is not
    repeated: `fit` says so, trains nothing, and gives back the final weights and the history. With
    more `epochs`, one that had its epochs trains on.

    A checkpoint knows its model, data, batch size, seed and backend: a run with others is refused.
    Arrays are known by their shape and 1,000 of their rows, streams by what an element is alone.
    Settings of `compile` may change, a learning rate for instance: the new ones are taken, and
    `fit` says so. Whether weights are averaged (`ema_decay`) may not.

    Checkpoints are written whole (a temporary file, flushed, then renamed) and carry their
    SHA-256; one that was altered is passed over, with a warning. The two latest are kept, and the
    state at the end of the run. One is written when training begins, after each epoch, every
    `seconds`, and on Ctrl-C, none of a model that is not finite any more.

    Args:
        folder: Where checkpoints go, under `folder/checkpoints`. Another folder starts anew.
        seconds: Longest time between checkpoints within an epoch.
        steps: Also write one every so many batches; None does not.
        continue_stopped: Whether to train on where a callback has ended the run, from the weights
            of its last epoch.
        accept: Which of "data", "batch_size", "seed" and "backend" may differ from those of the
            run so far, on purpose: a list, or "data,seed". With other data or batches, an
            interrupted epoch begins anew.

    Raises:
        ValueError: The folder holds the run of another model, or on other data, batches, seed or
            backend.
        OSError: The folder cannot be written.

    Example:
        ```python
        model.fit(train, epochs=50, callbacks=[zoo.callbacks.ResumeTraining("runs/dcgan")])
        ```
    """

    def __init__(
        self,
        folder: FilePath,
        *,
        seconds: float = 60.0,
        steps: int | None = None,
        continue_stopped: bool = False,
        accept: str | Iterable[str] = (),
    ):
        super().__init__()
        self.folder = Path(folder)
        self.checkpoints = Checkpoints(self.folder / "checkpoints")
        self.seconds, self.steps = seconds, steps
        self.continue_stopped = continue_stopped
        self.accept = tuple(accept.split(",") if isinstance(accept, str) else accept)
        unknown = [name for name in self.accept if name not in identity.CHANGES]
        if unknown:
            raise ValueError(f"Expected accept, some of {identity.CHANGES}; got {unknown}.")
        self.nothing_to_train = self._interrupted = False
        # The checkpoint that this run goes on from, until it does.
        self._found: Checkpoint | None = None

    # -------------------------------------------------------------- called by fit, see run.Resumes

    def restore_progress(
        self,
        model: keras.Model,
        fresh: Progress,
        about: dict,
        *,
        epochs: int,
        steps: int | None,
        in_order: bool,
        say: Callable[[str], None],
    ) -> Progress:
        """Loads the newest whole checkpoint into `model`.

        Args:
            model: The model.
            fresh: Where a new run begins.
            about: What the run is, as `identity.describe` has it.
            epochs: How many the run shall have.
            steps: Batches of an epoch, None where the data do not tell.
            in_order: Whether the data give the same batches again, from any of them on.
            say: Takes a line of text.

        Returns:
            Where the run stands; `fresh` where there is no checkpoint.

        Raises:
            ValueError: The checkpoint is of another run, or none can be trained on from.
        """
        self.about, self._say = about, say
        found = self.checkpoints.find(lambda checkpoint: self._is_a_start(checkpoint, epochs))
        self._found, self.nothing_to_train = found, found is not None and found.ended
        if found is None:
            return fresh
        others = identity.check_same_run(found.about, about, self.folder, self.accept)
        begins_anew = not in_order or bool(others & {"data", "batch_size", "seed"})
        progress = self._place(found.progress, steps, begins_anew)
        model.load_weights(found.path)
        if fresh.epoch not in (0, progress.epoch):
            say(
                f"initial_epoch={fresh.epoch} is passed over: the run's own place is epoch "
                f"{progress.epoch}."
            )
        trains_on = not progress.stopped and progress.epoch < epochs
        if trains_on:
            for sentence in identity.take_settings(
                model, found.about["compiled"], about["compiled"]
            ):
                say(f"{self.folder}: {sentence}")
        say(f"{self.folder}: {_in_words(progress, epochs)}")
        if trains_on and found.progress.batch and not progress.batch:
            say("That epoch begins anew: its batches come in another order now.")
        return progress

    def _is_a_start(self, checkpoint: Checkpoint, epochs: int) -> bool:
        """Whether a run of so many epochs goes on from there."""
        if not checkpoint.ended:
            return True
        # From the end of a run nothing is trained; what trains on starts from its last epoch.
        if checkpoint.progress.stopped:
            return not self.continue_stopped
        return checkpoint.progress.epoch >= epochs

    def _place(self, progress: Progress, steps: int | None, begins_anew: bool) -> Progress:
        """Where a run goes on that stood at `progress`."""
        if self.continue_stopped:
            progress = replace(progress, stopped=False)
        if progress.batch and begins_anew:
            # Its batches are others now.
            progress = replace(progress, batch=0, metrics=[])
        if progress.batch and progress.steps != steps:
            raise ValueError(
                f"This run stopped after batch {progress.batch} of {progress.steps} of an epoch, "
                f"but the data now give {steps} batches an epoch. Resume with the same data and "
                "batch size, or start in another folder."
            )
        return progress

    def begin(self, progress: Progress, steps: int | None, callbacks: list) -> None:
        """Told by `fit` where the run starts, how many batches an epoch has, and who else is
        called."""
        self.progress = replace(progress, steps=steps)
        self.states = CallbackStates(callbacks)
        self._loggers = [c for c in callbacks if isinstance(c, keras.callbacks.CSVLogger)]
        # A model may keep an infinity on purpose, as a running maximum begins with.
        self._not_finite_at_first = {p for paths in non_finite(self.model).values() for p in paths}
        self.checkpoints.sweep()
        if self._found and not self.nothing_to_train:
            for logger in self._loggers:
                log_rows.cut_rows(logger, progress.epoch)

    def give_back(self) -> None:
        """Gives the callbacks of a run that is over what they had learned."""
        assert self._found is not None
        self.states.restore(*self._found.states)

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ctrl-C waits for the end of the step, and for a checkpoint; a second one does not."""
        self._interrupted = False
        # Only there may handlers be set, and only Python's own is replaced.
        ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if not ours:
            yield
            return

        def interrupt(number, frame):
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._interrupted = True
            print("\nStopping after this step, with a checkpoint. Ctrl-C again stops at once.")

        signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._interrupted:  # after the last epoch, where no step was left to wait for
            raise KeyboardInterrupt

    def save_in_epoch(self, done: int) -> None:
        """Writes a checkpoint after `done` batches of the epoch, which is not over."""
        # The last batch waits for the epoch's end, so that validation is not lost. Keras counts
        # beyond it where steps_per_execution does not divide an epoch.
        if self._is_within(done):
            metrics = [ops.convert_to_numpy(v).tolist() for v in self.model.metrics_variables]
            self.progress = replace(self.progress, batch=done, metrics=metrics)
            self._save()

    def _is_within(self, done: int) -> bool:
        return self.progress.steps is None or done < self.progress.steps

    @property
    def newest(self) -> Path | None:
        """The checkpoint that a run would go on from."""
        return next(iter(self.checkpoints.paths()), None)

    # -------------------------------------------------------------- called by Keras

    def on_train_begin(self, logs=None):
        # All others have begun: they set their state anew, and now get their old one.
        self.states.begin()
        if self._found:
            for name in self.states.restore(*self._found.states):
                self._say(
                    f"{self.folder}: this run had a {name}, and now no such callback is "
                    "given; its state waits in the checkpoints."
                )
            for logger in self._loggers:  # Keras takes the first epoch's figures for columns
                logger.keys = log_rows.columns(logger)
            if self._found.progress.stopped and self.continue_stopped:
                for callback in self.states.callbacks:
                    if isinstance(callback, keras.callbacks.EarlyStopping):
                        callback.wait = callback.stopped_epoch = 0  # patience anew
            self._found = None
        if not self.newest:
            self._save()

    def on_epoch_begin(self, epoch, logs=None):
        self._saved_at, self._saved_batch = time.monotonic(), self.progress.batch

    def on_train_batch_end(self, batch, logs=None):
        due = self.steps and batch + 1 - self._saved_batch >= self.steps
        due = due or time.monotonic() - self._saved_at > self.seconds
        if due or self._interrupted:
            self.save_in_epoch(batch + 1)
        if self._interrupted and self._is_within(batch + 1):
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        self.progress = replace(
            self.progress,
            epoch=epoch + 1,
            batch=0,
            metrics=[],
            stopped=bool(self.model.stop_training),
        )
        self._save()
        if self._interrupted:
            raise KeyboardInterrupt

    def on_train_end(self, logs=None):
        # After the others: one may have put the best weights back.
        self._save(end=True)

    # -------------------------------------------------------------- files

    def _save(self, end: bool = False) -> None:
        """Writes a checkpoint, unless the model is not finite any more."""
        at_first = self._not_finite_at_first
        found = non_finite(self.model)
        bad = [name for name, paths in found.items() if not set(paths) <= at_first]
        if not bad:
            self.checkpoints.write(
                self.model, self.progress, self.about, self.states.changed(), end=end
            )
            self._saved_at, self._saved_batch = time.monotonic(), self.progress.batch
        elif not (self.model.stop_training or self.progress.stopped):
            at = self.progress
            epoch, batch = (at.epoch, at.batch - 1) if at.batch else (max(at.epoch - 1, 0), None)
            raise diverged(self.model, epoch, batch, at.steps, {}, self.newest)
        elif not end:  # at the end it is said already
            warnings.warn(
                f"No checkpoint was written: {', '.join(bad)} of this {type(self.model).__name__} "
                f"hold NaN or infinity. The newest is {self.newest}.",
                stacklevel=2,
            )


def _in_words(progress: Progress, epochs: int) -> str:
    """What becomes of a run of so many epochs, for a message."""
    if progress.stopped:
        return (
            f"a callback ended this run after epoch {progress.epoch}: nothing to train, the model "
            "is as it was then. ResumeTraining(..., continue_stopped=True) trains on, another "
            "folder starts anew."
        )
    if progress.epoch >= epochs:
        return (
            f"this run has its {progress.epoch} epochs already: nothing to train, the model is as "
            "it was then. More epochs train on, another folder starts anew."
        )
    batch = f", batch {progress.batch + 1}" if progress.batch else ""
    return f"going on from the checkpoint, at epoch {progress.epoch + 1} of {epochs}{batch}."
