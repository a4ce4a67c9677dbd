"""What a training run is: where it stands, what it is trained on and how, and its divergence."""

import hashlib
import json
from dataclasses import dataclass, field

import keras
import numpy as np

from keras_genzoo.data.batches import Batches
from keras_genzoo.engine.checked import is_array, is_tf_data

# Rows of an array by which it is known again.
HASHED_ROWS = 1000


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


# ---------------------------------------------------------------------- what a run is


def describe(model, x, y=None, batch_size=None, shuffle=True) -> dict:
    """What must stay the same for a run to be the same run, as JSON values.

    Args:
        model: A compiled `GenerativeModel`.
        x, y, batch_size, shuffle: Those of `fit`, checked.

    Returns:
        "model" (class and configuration), "data", "batch_size" and "seed" (None where the data
        keep these to themselves), "backend", and "compiled", the settings of `compile`.
    """
    about = {
        "model": identity(model),
        "data": _of_data(x, y, shuffle),
        "batch_size": None,
        "seed": None,
        "backend": keras.backend.backend(),
        "compiled": model.compiled_settings(),
    }
    if isinstance(x, Batches):
        about |= {"batch_size": x.batch_size, "seed": x.seed}
    elif is_array(x):
        about["batch_size"] = batch_size or 32
    return json.loads(json.dumps(about, default=str))


def identity(model) -> dict:
    """A model's class and configuration, without the names that Keras numbers.

    A second model of the same notebook cell has dense_3 where the first had dense: names are
    counted anew in the order in which they come.
    """
    config = {key: value for key, value in model.get_config().items() if key != "name"}
    config = json.loads(json.dumps(config, default=str))
    names = {}

    def collect(value):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if key == "name" and isinstance(inner, str):
                names.setdefault(inner, f"name {len(names)}")
            if isinstance(inner, dict | list):
                collect(inner)

    def renamed(value):
        if isinstance(value, dict):
            return {
                key: renamed(inner) for key, inner in value.items() if key != "shared_object_id"
            }
        if isinstance(value, list):
            return [renamed(inner) for inner in value]
        return names.get(value, value) if isinstance(value, str) else value

    collect(config)
    return {"class": type(model).__name__, "config": renamed(config)}


def _of_data(x, y, shuffle) -> dict:
    if isinstance(x, Batches):
        return {
            "name": x.name,
            **_of_arrays(x.x, x.y),
            "shuffle": x.shuffle,
            "drop_remainder": x.drop_remainder,
            "augment": _augmentation(x.augment),
        }
    if is_array(x):
        return {"name": None, **_of_arrays(x, y), "shuffle": bool(shuffle)}
    if is_tf_data(x):
        return {"stream": "tf.data", "elements": str(x.element_spec)}
    data = getattr(x, "dataset", x)  # behind our own checks
    about = {"stream": type(data).__name__}
    if isinstance(x, keras.utils.PyDataset):
        about["batches"] = x.num_batches
        about["elements"] = [f"{a.shape} {a.dtype}" for a in keras.tree.flatten(x[0])]
    return about


def _of_arrays(x, y) -> dict:
    about = {"shape": list(x.shape), "dtype": str(x.dtype), "rows": _digest(x)}
    return about if y is None else {**about, "labels": _digest(y)}


def _digest(x) -> str:
    """SHA-256 of rows spread over an array."""
    rows = np.linspace(0, len(x) - 1, min(len(x), HASHED_ROWS)).astype(int)
    return hashlib.sha256(np.ascontiguousarray(np.asarray(x)[rows]).tobytes()).hexdigest()[:16]


def _augmentation(augment):
    if augment is None or isinstance(augment, str):
        return augment
    if isinstance(augment, list | tuple):
        return [_augmentation(one) for one in augment]
    return getattr(augment, "__qualname__", type(augment).__name__)


def differences(before: dict, now: dict) -> dict[str, tuple]:
    """Which of "data", "batch_size", "seed" and "backend" differ: {name: (before, now)}."""
    found = {}
    for name in ("data", "batch_size", "seed", "backend"):
        a, b = before[name], now[name]
        if name == "data" and a.get("rows") == b.get("rows"):
            # The same examples, under another name or in another folder.
            a, b = ({key: value for key, value in of.items() if key != "name"} for of in (a, b))
        if a != b:
            found[name] = (before[name], now[name])
    return found


def in_words(name: str, before, now) -> str:
    """A difference, for a message."""
    if name == "data":
        before, now = (
            _in_words(value, [key for key in value if value[key] != other.get(key)])
            for value, other in ((before, now), (now, before))
        )
    return f"{name}: {before}, but now {now}"


def _in_words(data: dict, differing: list[str]) -> str:
    """One of two sets of data: what it is, and what is not the same of the other."""
    if "stream" in data:
        return ", ".join(str(part) for part in data.values())
    shape = "x".join(map(str, data["shape"][1:]))
    named = f"{data['name']}: " if data["name"] else ""
    others = ", ".join(f"{key} {data[key]}" for key in differing if key not in ("name", "shape"))
    return f"{named}{data['shape'][0]} examples of {shape} {data['dtype']} ({others})"


def optimizers(compiled: dict) -> dict[str, str]:
    """The class of each network's optimizer, in what `compiled_settings` gave."""
    return {name: settings["class_name"] for name, settings in compiled["optimizer"].items()}


# ---------------------------------------------------------------------- what was compiled


def changed_settings(before: dict, now: dict, path: str = "") -> dict[str, tuple]:
    """Which compiled settings differ: {"generator.learning_rate": (before, now)}."""
    found = {}
    for key in sorted({*before, *now}):
        a, b = before.get(key), now.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found |= changed_settings(a, b, f"{path}{key}.")
        elif a != b:
            found[f"{path}{key}"] = (a, b)
    return found
