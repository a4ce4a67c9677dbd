"""Trainings of a budget of seconds, a line of a file each: a table of many can be continued."""

import json
import time
from pathlib import Path

import keras
import numpy as np

import keras_genzoo as zoo
from keras_genzoo.data import mixtures

# Gaussians in the plane: their centres and deviation.
MIXTURES = {
    "ring": (mixtures.ring_centers(), mixtures.RING_STD),
    "grid": (mixtures.grid_centers(), mixtures.GRID_STD),
}
SAMPLES, SHOWN = 10_000, 500


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


def on_mixture(
    data: str,
    model: str,
    constructor: dict,
    compiled: dict,
    *,
    seed: int,
    seconds: float,
    batch: int,
) -> dict:
    """What a model of the zoo finds of a mixture in so many seconds, as JSON.

    Args:
        data: One of `MIXTURES`.
        model: Its class's name.
        constructor: What that is given beside the number of features.
        compiled: What `compile` is given; an optimizer as Keras's serialized object.
        seed: Of the weights, the data's order and the samples.
        seconds: After the first epoch.
        batch: Examples for each update of the discriminator.
    """
    keras.utils.set_random_seed(seed)
    trained = getattr(zoo, model)(num_features=2, **constructor)
    optimizer = keras.optimizers.deserialize(compiled["optimizer"])
    trained.compile(**{**compiled, "optimizer": optimizer})
    batches = zoo.data.load(data, "train", batch_size=batch * trained.batches_per_step, seed=seed)
    clock = Clock(seconds)
    try:
        trained.fit(batches, epochs=10**6, verbose=0, callbacks=[clock])
    except FloatingPointError:  # it diverged, to NaN
        return {"steps": clock.batches, "modes": 0, "good_share": 0.0, "points": []}
    points = trained.sample(SAMPLES, seed=seed)
    centers, std = MIXTURES[data]
    # A mode counts as found with a twelfth of its share of the samples.
    enough = SAMPLES // (12 * len(centers))
    found = zoo.metrics.mode_coverage(points, centers, std, min_count=enough)
    return {
        "steps": clock.batches,
        "modes": found.modes,
        "good_share": round(found.good_share, 4),
        "points": np.round(points[:SHOWN].astype("float64"), 3).tolist(),
    }
