"""Writes a model as a preset folder."""

import datetime
import json
import warnings
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_genzoo.plotting import picture
from keras_genzoo.saving.card import model_card
from keras_genzoo.saving.configuration import REGISTER, holds_lambda, unknown_names
from keras_genzoo.saving.preset import CARD, CONFIG, FILES, FORMAT, METADATA, PICTURE, WEIGHTS
from keras_genzoo.saving.saveable import Saveable
from keras_genzoo.support.files import files_written_whole, sha256
from keras_genzoo.support.types import FilePath
from keras_genzoo.version import __version__


def save_preset(
    model: Saveable,
    folder: FilePath,
    *,
    include_optimizer: bool = True,
    overwrite: bool = False,
    card: str = "",
) -> None:
    """Writes `model` as a preset folder; see `GenerativeModel.save_to_preset`.

    All files are complete before the first of an older preset is replaced. What else the folder
    holds, such as SavedModel versions, stays.
    """
    folder = Path(folder)
    present = [name for name in FILES if (folder / name).exists()]
    if present and not overwrite:
        raise FileExistsError(
            f"Expected a folder without a preset; {folder} has {', '.join(present)}. Pass "
            "overwrite=True to replace them, or give another folder."
        )
    with files_written_whole(folder, FILES) as temporary:
        metadata = write_model(model, temporary, include_optimizer)
        samples = _samples(model)
        if samples is not None:
            picture(samples).save(temporary / PICTURE)
        text = model_card(model, folder, metadata, card, samples is not None)
        (temporary / CARD).write_text(text)


def write_model(model: Saveable, folder: Path, include_optimizer: bool) -> dict:
    """Writes what `load_preset` needs into the empty `folder`; returns the metadata."""
    config = keras.saving.serialize_keras_object(model)
    compiled = include_optimizer and bool(config.get("compile_config"))
    if not compiled:
        config.pop("compile_config", None)
    if holds_lambda(config):
        raise ValueError(
            f"Expected a {type(model).__name__} without lambdas, since presets hold no code. "
            f"Replace each by a function under {REGISTER}."
        )
    _check_names(model, config)
    (folder / CONFIG).write_text(json.dumps(config, indent=2))
    # Keras saves the optimizer of every compiled model.
    saved = model if compiled or not model.compiled else _uncompiled_copy(model)
    saved.save_weights(folder / WEIGHTS)
    metadata = {
        "format_version": FORMAT,
        "class_name": config["registered_name"],
        "parameter_count": model.count_params(),
        "has_optimizer": compiled,
        "date_saved": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "keras_genzoo_version": __version__,
        "keras_version": keras.__version__,
        "sha256": {name: sha256(folder / name) for name in (CONFIG, WEIGHTS)},
    }
    (folder / METADATA).write_text(json.dumps(metadata, indent=2))
    return metadata


def _check_names(model: Saveable, config: dict) -> None:
    """Raises ValueError where loading `config` would not find what the model is made of."""
    unknown, for_training = unknown_names(config)
    if unknown:
        aside = ", or leave losses and optimizers out: include_optimizer=False"
        raise ValueError(
            f"Expected functions and classes that Keras knows by name; {', '.join(unknown)} "
            f"{'is' if len(unknown) == 1 else 'are'} not, and a preset holds no code: it could "
            f"not be loaded. Put {REGISTER} above each{aside if for_training else ''}."
        )
    name = config["registered_name"]
    _check_same(name, type(model), keras.saving.get_registered_object(name))
    loss = (config.get("compile_config") or {}).get("loss")
    if isinstance(loss, list):
        for given, part in zip(model.loss_given, loss, strict=False):
            if part["class_name"] == "function":
                # Keras looks at names alone: a "hinge" of one's own would load as Keras's.
                _check_same(part["config"], given, keras.saving.deserialize_keras_object(part))


def _check_same(name: str, given, found) -> None:
    """Raises ValueError where `name` loads as something else; warns of a newer definition."""
    if found is given:
        return
    if (found.__module__, found.__qualname__) != (given.__module__, given.__qualname__):
        raise ValueError(
            f"Expected {name!r} to name {given.__module__}.{given.__qualname__}; it names "
            f"{found.__module__}.{found.__qualname__}, and the preset would load as that. Give "
            f"yours a name of its own: {REGISTER}."
        )
    warnings.warn(
        f"Another {given.__qualname__} has been registered since this model was made (in a "
        "notebook, its cell has run again): the preset will load as the new one.",
        stacklevel=6,
    )


def _uncompiled_copy(model: Saveable) -> Saveable:
    copy = type(model).from_config(model.get_config())
    sources = [*model.weights, *model.random_states()]
    for target, source in zip([*copy.weights, *copy.random_states()], sources, strict=True):
        target.assign(ops.convert_to_numpy(source.value))
    copy.restored()
    return copy


def _samples(model: Saveable) -> np.ndarray | None:
    """Samples for the card: 64, or 16 where they are large; None where a model has none."""
    if not model.can_sample:
        return None
    n = model.grid_samples if model.spec.size <= 64 * 64 * 3 else 16
    return model.sample(n if model.spec.is_image else 1000, seed=0)
