"""What `fit` adds to Keras's: batches numbered over the whole run, and a start in mid-epoch."""

import contextlib
import math

import keras
import numpy as np

from keras_genzoo import backends
from keras_genzoo.data.batches import Batches
from keras_genzoo.engine import run
from keras_genzoo.engine.checked import CheckedDataset, Checks, is_array
from keras_genzoo.engine.finite import in_words, non_finite
from keras_genzoo.engine.numbered import NumberedBatches, from_batch, length, one_pass, split
from keras_genzoo.engine.run import Progress


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
    for each. A run whose figures are no numbers any more is ended, before callbacks see them.
    """

    def __init__(self, callbacks, resume, first_batch: int, steps: int | None, **kwargs):
        super().__init__(callbacks, add_history=True, steps=steps, **kwargs)
        self.resume, self.steps, self.epoch = resume, steps, None
        self.offset, self.begun, self.last_part = first_batch, False, False
        self.diverged_at = None
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

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch, logs=None):
        if self.follows_batches:
            super().on_train_batch_begin(batch + self.offset, logs)

    def on_train_batch_end(self, batch, logs=None):
        if not self.follows_batches:
            return
        batch += self.offset
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
        raise diverged(self.model, self.epoch, self.diverged_at, self.steps, figures, self.resume)


def diverged(model, epoch, batch, steps, figures, resume) -> FloatingPointError:
    """The error of a training that has turned non-finite: where, in which network and figure."""
    if batch is not None:
        where = f"at batch {batch + 1}{f' of {steps}' if steps else ''}"
    else:
        where = f"within its {steps or ''} batches".replace("  ", " ")
    parts = [f"{name} is {float(value):g}" for name, value in figures.items()]
    weights = non_finite(model)
    if weights:
        parts.append(f"no finite weights in {in_words(weights)}")
    kept = f" The last checkpoint before is {resume.newest}." if resume and resume.newest else ""
    return FloatingPointError(
        f"The training of {type(model).__name__} turned non-finite in epoch {epoch + 1}, {where}: "
        f"{'; '.join(parts)}.{kept} Lower the learning rate, or clip the gradients "
        "(an optimizer's clipnorm), and train on from an earlier state."
    )


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
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"Expected batch_size, 1 or more; got {batch_size!r}.")
    checks = model.checks()
    x, y = checks.take(x, y)
    if validation_split:
        x, y, validation_data = split(x, y, batch_size, validation_split, validation_data)
    elif validation_data is not None:
        validation_data = _validation(checks, validation_data)
    if not is_array(x) and batch_size is not None:
        raise ValueError(
            "batch_size belongs to arrays; these data come in batches already. "
            "zoo.data.load takes batch_size."
        )

    callbacks = list(keras.tree.flatten(callbacks)) if callbacks else []
    # Duck-typed: callbacks are built on the engine, not the engine on callbacks.
    resumes = [c for c in callbacks if hasattr(c, "restore_progress")]
    if len(resumes) > 1:
        raise ValueError(f"Expected one callback that resumes training; got {len(resumes)}.")
    resume = resumes[0] if resumes else None
    callbacks = [c for c in callbacks if c is not resume]
    if not any(isinstance(c, keras.callbacks.History) for c in callbacks):
        callbacks.append(keras.callbacks.History())

    progress = Progress(
        epoch=initial_epoch, seed=int(np.random.randint(2**31)) if is_array(x) else None
    )
    if resume:
        about = run.describe(model, x, y, batch_size, shuffle)
        steps = steps_per_epoch or _steps(x, batch_size, shuffle)
        progress = resume.restore_progress(
            model,
            progress,
            about,
            epochs=epochs,
            steps=steps,
            # Keras shuffles the batches of a user's PyDataset anew each time.
            in_order=not (isinstance(x, CheckedDataset) and shuffle),
            say=print if verbose else _mute,
        )
    if is_array(x):
        x = Batches(x, y, batch_size=batch_size or 32, shuffle=bool(shuffle), seed=progress.seed)
    steps = steps_per_epoch or length(x)
    if isinstance(x, Batches) and min(x.batch_size, x.num_examples) < model.smallest_batch:
        raise ValueError(
            f"Expected batches of at least {model.smallest_batch} examples; got "
            f"{min(x.batch_size, x.num_examples)}. Raise batch_size."
        )

    cursor = Cursor(progress)
    one_run = OneRun(
        # A checkpoint holds what the others have learned: theirs is the first word.
        [cursor, *callbacks, *resumes],
        resume,
        progress.batch,
        steps,
        add_progbar=verbose != 0,
        model=model,
        verbose=verbose,
        epochs=epochs,
    )
    if resume:
        resume.begin(progress, steps, callbacks)
        if resume.nothing_to_train:
            resume.give_back()
            return model.history

    model.stop_training = False
    if is_array(validation_data):
        validation["validation_batch_size"] = validation["validation_batch_size"] or batch_size
    interruptible = resume.interruptible() if resume else contextlib.nullcontext()
    with checks, model.running("fit"), interruptible:
        parts = list(_parts(progress, epochs))
        walks_on = bool(resume and steps_per_epoch)
        for number, (first_epoch, last_epoch, first_batch) in enumerate(parts, 1):
            one_run.last_part = model.optimizer.finalizes = number == len(parts)
            one_run.offset = first_batch
            data = from_batch(x, steps, first_epoch, first_batch, walks_on)
            # Numbered batches know their number in an epoch; other data must be told.
            own_steps = steps_per_epoch and not isinstance(data, NumberedBatches)
            shuffles = shuffle and data is x and isinstance(x, keras.utils.PyDataset)
            if isinstance(data, NumberedBatches):
                data, cursor.open_epoch = backends.pipeline(data)
            keras_fit(
                data,
                # Where a callback stopped the first part, the second has no epochs: it only ends.
                initial_epoch=last_epoch if model.stop_training else first_epoch,
                epochs=last_epoch,
                steps_per_epoch=steps_per_epoch - first_batch if own_steps else None,
                shuffle=shuffles,
                verbose=verbose,
                callbacks=one_run,
                validation_data=validation_data,
                **validation,
            )
    return model.history


def _mute(text):
    """What `verbose=0` says."""


def _steps(x, batch_size, shuffle):
    """Batches of an epoch of `x`, an array or a data set."""
    if not is_array(x):
        return length(x)
    return len(Batches(x, batch_size=batch_size or 32, shuffle=bool(shuffle)))


def _validation(checks: Checks, validation_data):
    x, y = checks.take(*keras.utils.unpack_x_y_sample_weight(validation_data))
    x = one_pass(x)
    return x if y is None else (x, y)


def _parts(progress: Progress, epochs: int):
    """(first epoch, last epoch, first batch) of each call of Keras's `fit`.

    A run resumed in mid-epoch has two: the rest of that epoch, then whole ones. One that a
    callback has stopped only ends.
    """
    first = progress.epoch
    if progress.stopped:
        epochs = first
    if progress.batch and first < epochs:
        yield first, first + 1, progress.batch
        first += 1
    yield first, max(first, epochs), 0
