"""What a model costs: parameters, the speed of its training, the time of a sample.

Times hold for the machine that they were measured on, which their protocol names, and for one on
which nothing else runs.
"""

import math
import statistics
import time

import keras
import numpy as np

from keras_genzoo import backends
from keras_genzoo.data.batches import Batches
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.metrics.score import Score
from keras_genzoo.support import machine
from keras_genzoo.support.checks import number_between, whole_number
from keras_genzoo.support.undisturbed import undisturbed


def parameters(model: GenerativeModel) -> Score:
    """How many numbers the model's networks hold: all of them, a GAN's discriminator included.

    Averages of them, and other state that steps keep, do not count.
    """
    return Score("parameters", model.count_params(), {"counted": "weights of all networks"})


def training_speed(
    model: GenerativeModel,
    x: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    batch_size: int | None = None,
    seconds: float = 6.0,
    repeats: int = 3,
) -> Score:
    """Examples per second that `fit` takes in, after it has compiled.

    The model stays as it is: a copy with fresh weights is trained, compiled as the model is, or
    by default where it is not.

    Args:
        model: Any of the zoo.
        x: Examples to train on, an array such as `fit` takes.
        labels: Of a conditional model.
        batch_size: Examples in a batch; 64 by default, times `critic_steps` where there are
            several, so that every update sees 64.
        seconds: About how long to measure, compilation aside.
        repeats: Epochs that this is divided into; the median of them counts.

    Returns:
        `training_examples_per_second`, with half the distance between the quartiles of the
        epochs as its error.

    Raises:
        ValueError: Examples that the model does not take.
    """
    whole_number("repeats", repeats)
    number_between("seconds", seconds, 0, math.inf)
    if batch_size is None:
        batch_size = 64 * model.batches_per_step
    whole_number("batch_size", batch_size)
    with undisturbed():
        copy = type(model).from_config(model.get_config())
        config = model.get_compile_config()
        if config is None:
            copy.compile()
            config = copy.get_compile_config()
        else:
            copy.compile_from_config(config)
        batches = Batches(x, labels, batch_size=batch_size)
        # The first epoch compiles.
        step_seconds = _epoch_seconds(copy, batches, epochs=2, steps=2)[-1] / 2
        steps = max(1, min(1000, int(seconds / repeats / step_seconds)))
        times = _epoch_seconds(copy, batches, epochs=repeats, steps=steps)
    batch_size = min(batch_size, len(batches.x))
    speeds = [steps * batch_size / t for t in times]
    protocol = {
        "example": list(model.spec.shape),
        "batch_size": batch_size,
        "jit_compile": config["jit_compile"],
    }
    return Score(
        "training_examples_per_second",
        statistics.median(speeds),
        {**protocol, "timing": f"median of {repeats} epochs after a warm-up", **_setting(model)},
        error=_spread(speeds),
    )


class _Clock(keras.callbacks.Callback):
    """Seconds of each epoch. Its logs are numbers, so all of its steps are done by its end."""

    def on_train_begin(self, logs=None):
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self._start)


def _epoch_seconds(model, batches, epochs: int, steps: int) -> list[float]:
    clock = _Clock()
    model.fit(batches, epochs=epochs, steps_per_epoch=steps, verbose=0, callbacks=[clock])
    return clock.seconds


def sampling_time(
    model: GenerativeModel,
    *,
    num_samples: int = 16,
    repeats: int = 5,
    most_seconds: float = 20.0,
    seed: int = 0,
) -> Score:
    """Seconds for one sample, of several drawn at once with `model.sample`.

    Args:
        model: Any of the zoo.
        num_samples: How many are drawn at once.
        repeats: Draws, after a first that compiles; the median of them counts.
        most_seconds: No further draw once those timed have taken so long.
        seed: Of the samples; nothing random in the model moves.

    Returns:
        `seconds_per_sample`, with half the distance between the quartiles as its error.
    """
    whole_number("num_samples", num_samples)
    whole_number("repeats", repeats)
    number_between("most_seconds", most_seconds, 0, math.inf)
    draws: list[float] = []
    model.sample(num_samples, seed=seed, batch_size=num_samples, verbose=0)
    while len(draws) < repeats and sum(draws) < most_seconds:
        start = time.perf_counter()
        model.sample(num_samples, seed=seed, batch_size=num_samples, verbose=0)
        draws.append(time.perf_counter() - start)
    times = [seconds / num_samples for seconds in draws]
    timing = f"median of at most {repeats} draws in {most_seconds:g} s, after a warm-up"
    return Score(
        "seconds_per_sample",
        statistics.median(times),
        {
            "example": list(model.spec.shape),
            "samples_at_once": num_samples,
            "timing": timing,
            **_setting(model),
        },
        error=_spread(times),
    )


def _setting(model) -> dict:
    """What a time depends on beside the model: how it computes, and where."""
    accelerators = keras.distribution.list_devices() if backends.has_accelerator() else []
    return {
        "precision": model.dtype_policy.name,
        "backend": keras.backend.backend(),
        "machine": ", ".join([machine.processor(), f"{machine.cores()} cores", *accelerators]),
    }


def _spread(values: list[float]) -> float | None:
    """Half the distance between the quartiles; None of one value."""
    if len(values) < 2:
        return None
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2
