"""What a run is: its model, data and compiled settings; and how another one differs from it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_genzoo.data.augment import names_of
from keras_genzoo.data.batches import Batches
from keras_genzoo.engine import arguments
from keras_genzoo.engine.checked import is_array, is_tf_data
from keras_genzoo.engine.numbered import TrainingData

# What may be another in a run that goes on, where that is accepted.
CHANGES = ("data", "batch_size", "seed", "backend")
# Rows of an array by which it is known again.
HASHED_ROWS = 1000


# ---------------------------------------------------------------------- what a run is


def describe(model, data: TrainingData) -> dict:
    """What must stay the same for a run to be the same run, as JSON values.

    Args:
        model: A compiled `GenerativeModel`.
        data: What it is trained on.

    Returns:
        "model" (class and configuration), "data", "batch_size" and "seed" (None where the data
        keep these to themselves), "backend", and "compiled", the settings of `compile`.
    """
    about = {
        "model": of_model(model),
        "data": _of_data(data.x, data.y, data.shuffle),
        "batch_size": None,
        "seed": None,
        "backend": keras.backend.backend(),
        "compiled": model.compiled_settings(),
    }
    if isinstance(data.x, Batches):
        about |= {"batch_size": data.x.batch_size, "seed": data.x.seed}
    elif is_array(data.x):
        about["batch_size"] = data.batch_size
    return json.loads(json.dumps(about, default=str))


def of_model(model) -> dict:
    """A model's class and configuration, without the names that Keras numbers.

    A second model of the same notebook cell has dense_3 where the first had dense: names are
    counted anew in the order in which they come.
    """
    arguments.check_kept(model, model._given)
    config = {key: value for key, value in model.get_config().items() if key != "name"}
    if "average" in config:
        config["average"] = True  # its settings are those of `compile`
    config = json.loads(json.dumps(config, default=str))
    names: dict[str, str] = {}

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
            "augment": names_of(x.augment),
        }
    if is_array(x):
        return {"name": None, **_of_arrays(x, y), "shuffle": shuffle}
    if is_tf_data(x):
        return {"stream": "tf.data", "elements": str(x.element_spec)}
    data = getattr(x, "dataset", x)  # behind our own checks
    about: dict[str, Any] = {"stream": type(data).__name__}
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


# ---------------------------------------------------------------------- what another run has else


def check_same_run(before: dict, now: dict, folder: Path, accept: tuple[str, ...]) -> set[str]:
    """Compares what two runs are, as `describe` has it.

    Args:
        before: The run whose checkpoints are in the folder.
        now: The one that is about to go on from them.
        folder: That of the run, for messages.
        accept: Which of `CHANGES` may differ.

    Returns:
        Which of them do.

    Raises:
        ValueError: Another model, optimizers of other classes, or a difference not accepted.
    """
    if before["model"] != now["model"]:
        raise ValueError(
            f"{folder} holds the training of another model, a {before['model']['class']}, or of "
            f"another configuration{_other_arguments(before['model'], now['model'])}. Resume with "
            "the same configuration, or give ResumeTraining another folder."
        )
    was, are = (_optimizers(of["compiled"]) for of in (before, now))
    if was != are:
        raise ValueError(
            f"{folder} holds a run with the optimizers {was}; this model is compiled with {are}, "
            "which cannot take over their state. Compile it with the same classes, or give "
            "ResumeTraining another folder."
        )
    found = _differences(before, now)
    refused = [name for name in found if name not in accept]
    if refused:
        said = "; ".join(_difference_in_words(name, *found[name]) for name in refused)
        raise ValueError(
            f"{folder} holds a run with other settings. {said}. Give ResumeTraining another "
            f'folder to start anew, or accept="{",".join(refused)}" to go on with these on '
            "purpose."
        )
    return set(found)


def _differences(before: dict, now: dict) -> dict[str, tuple]:
    """Which of `CHANGES` differ: {name: (before, now)}."""
    found: dict[str, tuple] = {}
    for name in CHANGES:
        a, b = before[name], now[name]
        if name == "data" and a.get("rows") == b.get("rows"):
            # The same examples, under another name or in another folder.
            a, b = ({key: value for key, value in of.items() if key != "name"} for of in (a, b))
        if a != b:
            found[name] = (before[name], now[name])
    return found


def _difference_in_words(name: str, before, now) -> str:
    """A difference, for a message."""
    if name == "data":
        before, now = (
            _data_in_words(value, [key for key in value if value[key] != other.get(key)])
            for value, other in ((before, now), (now, before))
        )
    return f"{name}: {before}, but now {now}"


def _data_in_words(data: dict, differing: list[str]) -> str:
    """One of two sets of data: what it is, and what is not the same of the other."""
    if "stream" in data:
        return ", ".join(str(part) for part in data.values())
    shape = "x".join(map(str, data["shape"][1:]))
    named = f"{data['name']}: " if data["name"] else ""
    others = ", ".join(f"{key} {data[key]}" for key in differing if key not in ("name", "shape"))
    return f"{named}{data['shape'][0]} examples of {shape} {data['dtype']} ({others})"


def _other_arguments(before: dict, now: dict) -> str:
    """In which arguments two configurations of one class differ, for a message."""
    a, b = before["config"], now["config"]
    keys = [key for key in sorted({*a, *b}) if a.get(key) != b.get(key)]
    if before["class"] != now["class"] or not keys:
        return ""
    called = {"average": "compile(ema_decay=...)"}  # the one that is not the constructor's
    differ = (f"{called.get(k, k)}: {a.get(k)!r}, but now {b.get(k)!r}"[:200] for k in keys)
    return f" ({', '.join(differ)})"


def _optimizers(compiled: dict) -> dict[str, str]:
    """The class of each network's optimizer, in what `compiled_settings` gave."""
    return {name: settings["class_name"] for name, settings in compiled["optimizer"].items()}


# ---------------------------------------------------------------------- what was compiled


def take_settings(model, before: dict, now: dict) -> list[str]:
    """Sets a restored model's rates to those of `compile`, where they are not the run's own.

    Args:
        model: Whose optimizers' state has been loaded, the rates that callbacks have set with it.
        before, now: What `compiled_settings` gave when the run began, and gives for this model.

    Returns:
        A sentence for each setting that is another now.
    """
    for network, settings in now["optimizer"].items():
        rate = _rate(settings)
        if isinstance(rate, float) and rate != _rate(before["optimizer"].get(network, {})):
            model.optimizer[network].learning_rate = rate
    said = []
    for path, values in _changed_settings(before, now).items():
        old, new = (f"{v:g}" if isinstance(v, float) else repr(v) for v in values)
        said.append(f"{path} is {new} from now on; it was compiled as {old}.")
    return said


def _rate(settings: dict):
    """The learning rate in an optimizer's settings; that of the one inside where there is one."""
    config = settings.get("config", settings)
    inner = config.get("inner_optimizer")
    return _rate(inner) if inner else config.get("learning_rate")


def _changed_settings(before: dict, now: dict, path: str = "") -> dict[str, tuple]:
    """Which compiled settings differ: {"generator.learning_rate": (before, now)}."""
    found: dict[str, tuple] = {}
    for key in sorted({*before, *now}):
        a, b = before.get(key), now.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found |= _changed_settings(a, b, f"{path}{key}.")
        elif a != b:
            found[f"{path}{key}"] = (a, b)
    return found
