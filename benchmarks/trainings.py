"""Trainings of a budget of seconds, a line of a file each: a table of many can be continued."""

import json
import time
from pathlib import Path

import keras


class Clock(keras.callbacks.Callback):
    """Ends a training so many seconds after its first epoch."""

    def __init__(self, seconds: float):
        super().__init__()
        self.budget, self.start, self.spent, self.batches = seconds, None, 0.0, 0

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        self.start = self.start or now
        self.spent, self.batches = now - self.start, (epoch + 1) * self.params["steps"]
        self.model.stop_training = self.spent >= self.budget


def append(path: Path, run: dict) -> None:
    """Adds a training to a file, on a line of its own even after one that was cut short."""
    with path.open("a") as file:
        file.write("\n" + json.dumps(run))


def done(path: Path, seconds: float) -> dict[tuple[str, int], dict]:
    """The trainings of this budget in a file, by row and seed; a line cut short is none."""
    found = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            run = json.loads(line)
        except ValueError:  # the process was killed while it wrote
            continue
        if run["seconds"] == seconds:
            found[run["row"], run["seed"]] = run
    return found
