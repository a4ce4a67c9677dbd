"""Training that survives `kill -9`."""

import contextlib
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import keras
from keras import ops

from keras_genzoo.callbacks import log_rows
from keras_genzoo.engine import fitting, run
from keras_genzoo.engine.callback_states import CallbackStates
from keras_genzoo.engine.checkpoint import END, Checkpoint
from keras_genzoo.engine.finite import non_finite
from keras_genzoo.engine.run import Progress
from keras_genzoo.support.files import UNFINISHED

KEPT = 2
ABANDONED = 3600.0  # seconds after which a half-written file has no process any more
CHANGES = ("data", "batch_size", "seed", "backend")


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
    `fit` says so.

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
        model.fit(train, epochs=50, callbacks=[zoo.callbacks.ResumeTraining("runs/dcgan")])
    """

    def __init__(
        self,
        folder,
        *,
        seconds: float = 60.0,
        steps: int | None = None,
        continue_stopped: bool = False,
        accept: str | Iterable[str] = (),
    ):
        super().__init__()
        self.folder = Path(folder) / "checkpoints"
        self.seconds, self.steps = seconds, steps
        self.continue_stopped = continue_stopped
        self.accept = tuple(accept.split(",") if isinstance(accept, str) else accept)
        unknown = [name for name in self.accept if name not in CHANGES]
        if unknown:
            raise ValueError(f"Expected accept, some of {CHANGES}; got {unknown}.")
        self._interrupted = False

    # -------------------------------------------------------------- called by GenerativeModel.fit

    def restore_progress(
        self,
        model,
        fresh: Progress,
        about: dict,
        *,
        epochs: int,
        steps: int | None,
        in_order: bool,
        say,
    ) -> Progress:
        """Loads the newest whole checkpoint into `model`; `fresh` where there is none.

        Args:
            model: The model.
            fresh: Where a new run begins.
            about: What the run is, as `run.describe` has it.
            epochs: How many the run shall have.
            steps: Batches of an epoch, None where the data do not tell.
            in_order: Whether the data give the same batches again, from any of them on.
            say: Takes a line of text.
        """
        self.about, self.nothing_to_train, self._say = about, False, say
        found = self._newest(epochs)
        if found is None:
            self._checkpoint = None
            return fresh
        self._compare(found)
        model.load_weights(found.path)
        self._checkpoint, progress = found, found.progress
        if progress.stopped and self.continue_stopped:
            progress = replace(progress, stopped=False)
        others = {"data", "batch_size", "seed"} & set(self._differences)
        if progress.batch and (others or not in_order):
            # Its batches are others now, so that the epoch begins anew.
            progress = replace(progress, batch=0, metrics=[])
        if progress.batch and progress.steps != steps:
            raise ValueError(
                f"This run stopped after batch {progress.batch} of {progress.steps} of an epoch, "
                f"but the data now give {steps} batches an epoch. Resume with the same data and "
                "batch size, or start in another folder."
            )
        if fresh.epoch not in (0, progress.epoch):
            say(
                f"initial_epoch={fresh.epoch} is passed over: the run's own place is epoch "
                f"{progress.epoch}."
            )
        self.nothing_to_train = found.ended
        where = self.folder.parent
        if not (progress.stopped or progress.epoch >= epochs):
            self._take_settings(model, found.about["compiled"], say)
        if progress.stopped:
            say(
                f"{where}: a callback ended this run after epoch {progress.epoch}: nothing to "
                "train, the model is as it was then. ResumeTraining(..., continue_stopped=True) "
                "trains on, another folder starts anew."
            )
        elif progress.epoch >= epochs:
            say(
                f"{where}: this run has its {progress.epoch} epochs already: nothing to train, the "
                "model is as it was then. More epochs train on, another folder starts anew."
            )
        else:
            batch = f", batch {progress.batch + 1}" if progress.batch else ""
            say(
                f"{where}: going on from the checkpoint, at epoch {progress.epoch + 1} of "
                f"{epochs}{batch}."
            )
            if found.progress.batch and not progress.batch:
                say("That epoch begins anew: its batches come in another order now.")
        return progress

    def begin(self, progress: Progress, steps: int | None, callbacks: list):
        """Told by `fit` where the run starts, how many batches an epoch has, and who else is
        called."""
        self.progress = replace(progress, steps=steps)
        self.states = CallbackStates(callbacks)
        self._loggers = [c for c in callbacks if isinstance(c, keras.callbacks.CSVLogger)]
        # A model may keep an infinity on purpose, as a running maximum begins with.
        self._not_finite_at_first = {p for paths in non_finite(self.model).values() for p in paths}
        for path in self.folder.glob(f"{UNFINISHED}*"):
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink(missing_ok=True)
        if self._checkpoint and not self.nothing_to_train:
            for logger in self._loggers:
                log_rows.cut_rows(logger, progress.epoch)

    def give_back(self):
        """Gives the callbacks of a run that is over what they had learned."""
        self.states.restore(*self._checkpoint.states)

    @contextlib.contextmanager
    def interruptible(self):
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

    def save_in_epoch(self, done: int):
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
        return next(iter(self._paths()), None)

    # -------------------------------------------------------------- called by Keras

    def on_train_begin(self, logs=None):
        # All others have begun: they set their state anew, and now get their old one.
        self.states.begin()
        if self._checkpoint:
            for name in self.states.restore(*self._checkpoint.states):
                self._say(
                    f"{self.folder.parent}: this run had a {name}, and now no such callback is "
                    "given; its state waits in the checkpoints."
                )
            for logger in self._loggers:  # Keras takes the first epoch's figures for columns
                logger.keys = log_rows.columns(logger)
            if self._checkpoint.progress.stopped and self.continue_stopped:
                for callback in self.states.callbacks:
                    if isinstance(callback, keras.callbacks.EarlyStopping):
                        callback.wait = callback.stopped_epoch = 0  # patience anew
            self._checkpoint = None
        if not any(self._paths()):
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

    def _paths(self) -> list[Path]:
        return Checkpoint.paths(self.folder)

    def _save(self, end=False):
        progress, model = self.progress, self.model
        bad = {
            name: [path for path in paths if path not in self._not_finite_at_first]
            for name, paths in non_finite(model).items()
        }
        bad = [name for name, paths in bad.items() if paths]
        if bad:
            if not (model.stop_training or progress.stopped):
                epoch = progress.epoch - (progress.batch == 0)
                batch = progress.batch - 1 if progress.batch else None
                raise fitting.diverged(model, max(epoch, 0), batch, progress.steps, {}, self)
            if end:
                return  # said already
            warnings.warn(
                f"No checkpoint was written: {', '.join(bad)} of this {type(model).__name__} hold "
                f"NaN or infinity. The newest is {self.newest}.",
                stacklevel=2,
            )
            return
        path = Checkpoint.path_of(self.folder, progress, end)
        self.folder.mkdir(parents=True, exist_ok=True)
        Checkpoint(path, progress, self.about, self.states.changed()).write(model)
        others = [p for p in self._paths() if p != path]
        useless = [p for p in others if p in self._damaged or p.name.endswith(END)]
        useful = [p for p in others if p not in useless]
        for old in [*useless, *useful[KEPT if end else KEPT - 1 :]]:
            os.remove(old)
        self._saved_at, self._saved_batch = time.monotonic(), progress.batch

    def _newest(self, epochs) -> "Checkpoint | None":
        """The newest checkpoint that is whole, and that such a run goes on from."""
        paths = self._paths()
        self._damaged = []
        for path in paths:
            try:
                found = Checkpoint.read(path)
            except (OSError, KeyError, ValueError) as error:
                warnings.warn(f"Skipped the checkpoint {path}: {error}", stacklevel=2)
                self._damaged.append(path)
                continue
            over = found.progress.epoch >= epochs
            stopped = found.progress.stopped and not self.continue_stopped
            if found.ended and not (stopped or (over and not found.progress.stopped)):
                continue  # it trains on, from its last epoch
            return found
        if paths:
            raise ValueError(
                f"None of the {len(paths)} checkpoints in {self.folder} can be read, for the "
                "reasons warned of. Put a copy of them back, or remove the folder to start anew."
            )
        return None

    def _compare(self, found: "Checkpoint"):
        """Raises ValueError where a checkpoint is of another run than this one."""
        if found.about["model"] != self.about["model"]:
            raise ValueError(
                f"{self.folder} holds the training of another model, a "
                f"{found.about['model']['class']}, or of another configuration"
                f"{_differing(found.about['model'], self.about['model'])}. Resume with the same "
                "configuration, or give ResumeTraining another folder."
            )
        was, now = (run.optimizers(of["compiled"]) for of in (found.about, self.about))
        if was != now:
            raise ValueError(
                f"{self.folder.parent} holds a run with the optimizers {was}; this model is "
                f"compiled with {now}, which cannot take over their state. Compile it with the "
                "same classes, or give ResumeTraining another folder."
            )
        self._differences = run.differences(found.about, self.about)
        refused = [name for name in self._differences if name not in self.accept]
        if refused:
            said = "; ".join(
                run.in_words(name, before, now)
                for name, (before, now) in self._differences.items()
                if name in refused
            )
            raise ValueError(
                f"{self.folder.parent} holds a run with other settings. {said}. Give "
                "ResumeTraining another folder to start anew, or "
                f'accept="{",".join(refused)}" to go on with these on purpose.'
            )

    def _take_settings(self, model, before: dict, say):
        """Sets the rates of `compile` where they are not those that the run was compiled with."""
        for path, (old, new) in run.changed_settings(before, self.about["compiled"]).items():
            old, new = (f"{v:g}" if isinstance(v, float) else repr(v) for v in (old, new))
            say(f"{self.folder.parent}: {path} is {new} from now on; it was compiled as {old}.")
        for network, settings in self.about["compiled"]["optimizer"].items():
            rate = _rate(settings)
            if isinstance(rate, float) and rate != _rate(before["optimizer"].get(network, {})):
                model.optimizer[network].learning_rate = rate


def _rate(settings: dict):
    """The learning rate in an optimizer's settings; that of the one inside where there is one."""
    config = settings.get("config", settings)
    inner = config.get("inner_optimizer")
    return _rate(inner) if inner else config.get("learning_rate")


def _differing(before: dict, now: dict) -> str:
    """In which arguments two configurations differ, for a message."""
    a, b = before["config"], now["config"]
    keys = [key for key in sorted({*a, *b}) if a.get(key) != b.get(key)]
    if before["class"] != now["class"] or not keys:
        return ""
    return " (" + ", ".join(f"{k}: {a.get(k)!r}, but now {b.get(k)!r}"[:200] for k in keys) + ")"
