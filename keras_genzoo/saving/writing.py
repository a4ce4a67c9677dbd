"""Writes a model as a preset folder."""

import datetime
import json
import warnings
from pathlib import Path

import keras
from keras import ops
from PIL import Image

from keras_genzoo.plotting import picture
from keras_genzoo.plotting.grids import labels_of_rows
from keras_genzoo.saving.card import description, model_card
from keras_genzoo.saving.configuration import REGISTER, holds_lambda, unknown_names
from keras_genzoo.saving.half import DTYPES, halve, round_to_half
from keras_genzoo.saving.preset import (
    CARD,
    CONFIG,
    FILES,
    FORMAT,
    METADATA,
    PICTURE,
    RECIPE,
    WEIGHTS,
)
from keras_genzoo.saving.saveable import Saveable
from keras_genzoo.support.files import files_written_whole, sha256
from keras_genzoo.support.names import known
from keras_genzoo.support.types import FilePath
from keras_genzoo.version import __version__


def save_preset(
    model: Saveable,
    folder: FilePath,
    *,
    include_optimizer: bool = True,
    overwrite: bool = False,
    card: str = "",
    recipe: str = "",
    dtype: str = "float32",
) -> None:
    """Writes `model` as a preset folder; see `GenerativeModel.save_to_preset`.

    All files are complete before the first of an older preset is replaced. What else the folder
    holds, such as SavedModel versions, stays.
    """
    known("a dtype that weights are stored in", dtype, DTYPES)
    if dtype == "float16" and include_optimizer and model.compiled:
        raise ValueError(
            "Expected weights alone in float16, in which an optimizer's state is lost; got "
            "include_optimizer=True. Do include_optimizer=False, or save in float32."
        )
    folder = Path(folder)
    present = [name for name in FILES if (folder / name).exists()]
    if present and not overwrite:
        raise FileExistsError(
            f"Expected a folder without a preset; {folder} has {', '.join(present)}. Pass "
            "overwrite=True to replace them, or give another folder."
        )
    if dtype == "float16":
        # What is drawn and what is loaded are the same then.
        model, include_optimizer = _copy_in_use(model), False
        round_to_half(model)
    with files_written_whole(folder, FILES) as temporary:
        about = {"name": folder.resolve().name, "description": description(card)}
        metadata = write_model(model, temporary, include_optimizer, dtype, about)
        if model.can_sample:
            _picture(model).save(temporary / PICTURE)
        _describe(temporary, metadata, card, recipe, model.can_sample)


def describe_preset(folder: FilePath, *, card: str, recipe: str, **metadata) -> None:
    """Writes a preset's card and recipe anew, and these entries of its metadata.

    Args:
        folder: Of the preset, whose weights and picture stay.
        card: Markdown, as `save_preset` takes it.
        recipe: The recipe's text.
        **metadata: JSON values, such as `name` and `scores`.
    """
    folder = Path(folder)
    about = json.loads((folder / METADATA).read_text())
    about |= {"description": description(card), **metadata}
    with files_written_whole(folder, [RECIPE, CARD, METADATA]) as temporary:
        _describe(temporary, about, card, recipe, (folder / PICTURE).exists())


def _describe(folder: Path, metadata: dict, card: str, recipe: str, has_picture: bool) -> None:
    """Writes card, recipe and metadata, which has a checksum of each."""
    texts = {CARD: model_card(metadata, card, has_picture), RECIPE: recipe}
    for name, text in texts.items():
        metadata["sha256"].pop(name, None)
        if text:
            (folder / name).write_text(text, encoding="utf-8")
            metadata["sha256"][name] = sha256(folder / name)
    (folder / METADATA).write_text(json.dumps(metadata, indent=2))


def write_model(
    model: Saveable,
    folder: Path,
    include_optimizer: bool,
    dtype: str = "float32",
    about: dict | None = None,
) -> dict:
    """Writes what `load_preset` needs into the empty `folder`; returns the metadata, to which
    `about` adds.

    Without the optimizers it is the model as it samples: averaged networks in place of the raw
    ones, whose further training they would be for.
    """
    if not include_optimizer and (model.compiled or model.average is not None):
        model = _copy_in_use(model)
    config = keras.saving.serialize_keras_object(model)
    compiled = bool(config.get("compile_config"))
    if not compiled:
        config.pop("compile_config", None)
    if holds_lambda(config):
        raise ValueError(
            f"Expected a {type(model).__name__} without lambdas, since presets hold no code. "
            f"Replace each by a function under {REGISTER}."
        )
    _check_names(model, config)
    (folder / CONFIG).write_text(json.dumps(config, indent=2))
    model.save_weights(folder / WEIGHTS)
    if dtype == "float16":
        halve(folder / WEIGHTS)
    metadata = {
        **(about or {}),
        "format_version": FORMAT,
        "class_name": config["registered_name"],
        "parameter_count": model.count_params(),
        "example": "image" if model.spec.is_image else "vector",
        "example_shape": list(model.spec.shape),
        "can_sample": model.can_sample,
        "has_optimizer": compiled,
        "stored_in": dtype,
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


def _copy_in_use(model: Saveable) -> Saveable:
    """A copy without optimizers and averages, whose networks are those that samples come from."""
    config = model.get_config()
    config.pop("average", None)
    copy = type(model).from_config(config)
    for target, source in zip(copy.weights_in_use(), model.weights_in_use(), strict=True):
        target.assign(ops.convert_to_numpy(source.value))
    copy.restored()
    return copy


def _picture(model: Saveable) -> Image.Image:
    """Samples for the card: 64 images, or 16 where they are large, in a row for each class."""
    n = 1000
    if model.spec.is_image:
        n = model.grid_samples if model.spec.size <= 64 * 64 * 3 else 16
    if not model.num_classes:
        return picture(model.sample(n, seed=0))
    labels = labels_of_rows(model.num_classes, n)
    return picture(model.sample(len(labels), seed=0, labels=labels), labels)
