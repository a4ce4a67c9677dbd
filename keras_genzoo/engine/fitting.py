"""`fit` on checked data: a run's parts, one after the other, each a call of Keras's own `fit`."""

import contextlib
from collections.abc import Callable
from typing import Any

import keras

from keras_genzoo.engine import identity, run
from keras_genzoo.engine.numbered import TrainingData
from keras_genzoo.engine.run import Cursor, OneRun, Part, Progress, Resumes


def fit(
    model,
    keras_fit: Callable,
    data: TrainingData,
    *,
    epochs: int,
    initial_epoch: int,
    verbose,
    callbacks,
    validation: dict[str, Any],
) -> keras.callbacks.History:
    """Trains `model` on `data`, from where a `ResumeTraining` callback left off.

    Args:
        model: A compiled `GenerativeModel`.
        keras_fit: Keras's `fit` of it.
        data: What it is trained on.
        epochs, initial_epoch, verbose, callbacks: Those of `fit`.
        validation: What `keras_fit` takes in order to validate.

    Raises:
        ValueError: Batches that are too small for the model; two callbacks that resume.
    """
    data.check_batches_hold(model.smallest_step)
    callbacks, resume = _told_apart(callbacks)
    progress = Progress(initial_epoch, seed=data.seed)
    if resume:
        progress = resume.restore_progress(
            model,
            progress,
            identity.describe(model, data),
            epochs=epochs,
            steps=data.steps,
            in_order=data.in_order,
            say=print if verbose else _mute,
        )
        data.reorder(progress.seed)
    parts = run.parts(progress, epochs)
    one_run = OneRun(
        # A checkpoint holds what the others have learned: theirs is the first word.
        [Cursor(data.open, progress), *callbacks, *([resume] if resume else [])],
        parts,
        data.steps,
        resume,
        add_progbar=verbose != 0,
        model=model,
        verbose=verbose,
        epochs=epochs,
    )
    if resume:
        resume.begin(progress, data.steps, callbacks)
        if resume.nothing_to_train:
            resume.give_back()
            return model.history

    def train(part: Part):
        is_last = part is parts[-1]
        with contextlib.nullcontext() if is_last else model.optimizer.unfinished():
            keras_fit(
                **data.of(part, resumed=bool(resume)),
                # Where a callback has stopped the run, a further part only ends it.
                initial_epoch=part.end_epoch if model.stop_training else part.first_epoch,
                epochs=part.end_epoch,
                verbose=verbose,
                callbacks=one_run,
                **validation,
            )

    model.stop_training = False
    with resume.interruptible() if resume else contextlib.nullcontext():
        for part in parts:
            train(part)
    return model.history


def _told_apart(callbacks) -> tuple[list, Resumes | None]:
    """The callbacks that a run's state is kept of, a history among them, and the one that keeps."""
    callbacks = list(keras.tree.flatten(callbacks)) if callbacks else []
    resumes = [c for c in callbacks if isinstance(c, Resumes)]
    if len(resumes) > 1:
        raise ValueError(f"Expected one callback that resumes training; got {len(resumes)}.")
    others = [c for c in callbacks if c not in resumes]
    if not any(isinstance(c, keras.callbacks.History) for c in others):
        others.append(keras.callbacks.History())
    return others, resumes[0] if resumes else None


def _mute(text):
    """What `verbose=0` says."""
