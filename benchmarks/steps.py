"""What the parts of a training step cost: each beside the plain step, in one interleaved run.

    python -m benchmarks.steps [--quick] [--out results.md]

DCGAN at 28x28, width 64, batches of 64. All variants are built first and train in turns, some steps
each in every round, in one process; differences and ratios are medians over the rounds of those
within a round. Writes the section "Parts of a step" of results.md.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import ops

import keras_genzoo as zoo
from benchmarks import report

BATCH = 64
PLAIN = "plain"


class Always(zoo.DCGAN):
    """A DCGAN whose whole step stands in a branch that is always taken."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = self.state("steps")

    def train_step(self, data):
        self.steps.assign(self.steps + 1)
        step = super().train_step
        return self.when(self.steps > 0, lambda: step(data), self.metrics[0].result)


class WithoutExamples(zoo.DCGAN):
    """A DCGAN whose updates are told no examples, so that they could not be split."""

    def minimize(self, network, loss_fn, *examples, **how):
        return super().minimize(network, lambda: loss_fn(*examples), **how)


def compiled(cls: type, settings: dict, arguments: dict) -> zoo.GenerativeModel:
    model = cls(image_shape=(28, 28, 1), width=64, **arguments)
    model.compile(**settings)
    return model


def variants(quick: bool) -> dict[str, Callable]:
    """Name -> what builds and compiles it."""
    rows = {
        PLAIN: (zoo.DCGAN, {}, {}),
        "minimize without examples": (WithoutExamples, {}, {}),
        "ema_decay=0.999": (zoo.DCGAN, {"ema_decay": 0.999}, {}),
        "when, always taken": (Always, {}, {}),
        "accumulation=2": (zoo.DCGAN, {"accumulation": 2}, {}),
        "update_balance, never waiting": (zoo.DCGAN, {"update_balance": (0.0, 1.0)}, {}),
        # Its networks see the labels, too: a map beside the image, and numbers beside z.
        "labels: CGAN of the same networks": (zoo.CGAN, {}, {"architecture": "dcgan"}),
    }
    names = [PLAIN, "ema_decay=0.999", "when, always taken"] if quick else list(rows)
    return {name: lambda row=rows[name]: compiled(*row) for name in names}


class Clock(keras.callbacks.Callback):
    """Seconds of an epoch; its logs are numbers, so all of its steps are done by its end."""

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self._start


def milliseconds(model: zoo.GenerativeModel, steps: int) -> float:
    """Of a step, in an epoch of so many."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (steps * BATCH, 28, 28, 1), dtype="uint8")
    labels = () if model.num_classes is None else (np.arange(len(x)) % model.num_classes,)
    clock = Clock()
    model.fit(x, *labels, batch_size=BATCH, verbose=0, callbacks=[clock])
    return 1e3 * clock.seconds / steps


def measure(models: dict, rounds: int, steps: int) -> dict[str, list[float]]:
    """Milliseconds per step of each round, by the variant's name."""
    names = list(models)
    for model in models.values():
        milliseconds(model, 2)  # compiles
    ms: dict[str, list[float]] = {name: [] for name in names}
    for i in range(rounds):
        shift = i % len(names)  # nobody always follows the same neighbour
        for name in names[shift:] + names[:shift]:
            ms[name].append(milliseconds(models[name], steps))
    return ms


def average_alone(model: zoo.GenerativeModel, calls: int) -> float:
    """Milliseconds in which the average of a model's generator follows it once, compiled; on
    TensorFlow, where a function of its own may assign.
    """
    follow = zoo.backends.compiled(model.update_average, model)
    follow()
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        follow()
        ops.convert_to_numpy(model.average.steps)
        seconds.append(time.perf_counter() - start)
    return 1e3 * statistics.median(seconds)


def body(ms: dict[str, list[float]], alone: float | None) -> str:
    rows = []
    for name, own in ms.items():
        pairs = list(zip(own, ms[PLAIN], strict=True))
        more = statistics.median(a - b for a, b in pairs)
        ratio = statistics.median(a / b for a, b in pairs)
        rows.append([name, report.number(statistics.median(own)), f"{more:+.2f}", f"{ratio:.3f}"])
    lines = [
        f"DCGAN at 28x28, width 64, batches of {BATCH}: milliseconds per step, medians of "
        f"{len(ms[PLAIN])} interleaved rounds.",
        "",
        report.conditions(),
        "",
        report.table(["step", "ms", "more than plain, ms", "/ plain"], rows),
    ]
    if alone is not None:
        lines += ["", f"The average of its generator by itself: {alone:.2f} ms."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="few steps: shows that it runs")
    parser.add_argument("--rounds", type=int, default=None, help="default: 15, quick: 2")
    parser.add_argument(
        "--out", type=Path, help="Markdown file; default: results.md, but not quick"
    )
    arguments = parser.parse_args()
    quick = arguments.quick
    models = {name: build() for name, build in variants(quick).items()}
    ms = measure(models, arguments.rounds or (2 if quick else 15), steps=3 if quick else 40)
    on_tensorflow = keras.backend.backend() == "tensorflow"
    averaged = models["ema_decay=0.999"]
    alone = average_alone(averaged, 5 if quick else 300) if on_tensorflow else None
    section = body(ms, alone)
    print(section)
    out = arguments.out or (None if quick else report.RESULTS)
    if out:
        report.write_section(out, "Parts of a step", section)


if __name__ == "__main__":
    main()
