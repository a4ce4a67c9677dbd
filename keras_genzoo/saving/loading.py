"""Builds a model from a preset folder, once its files are seen to be those that were saved."""

import contextlib
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import keras

from keras_genzoo.saving.configuration import REGISTER, holds_lambda, unknown_names
from keras_genzoo.saving.preset import (
    CONFIG,
    FORMAT,
    METADATA,
    PACKAGE,
    WEIGHTS,
    find_preset,
    short,
)
from keras_genzoo.saving.saveable import Saveable
from keras_genzoo.saving.taken_over import LEAST_SHARE, take_over
from keras_genzoo.support.files import sha256
from keras_genzoo.support.types import FilePath

# Arguments that leave all variables' shapes as they are.
SAME_SHAPES = {"name", "dtype", "trainable"}

Model = TypeVar("Model", bound=keras.Model)


def load_preset(
    preset: FilePath,
    cls: type[Model] = keras.Model,
    *,
    custom_objects: dict | None = None,
    compile: bool = True,
    **kwargs,
) -> Model:
    """Builds the model of a preset; see `GenerativeModel.from_preset`.

    Nothing is opened before its checksum is seen to be right, and nothing is unpickled.

    Args:
        preset: A zoo name, a folder or `hf://owner/name`.
        cls: The class that the caller expects, or a base of it.
        custom_objects: Name -> function or class, for what is not registered here.
        compile: Whether to compile the model as it was; False leaves its `compile_config` unread.
        **kwargs: Constructor arguments that replace those of the preset. Where they change the
            shapes of variables, the others are loaded, and the model's `taken_over` says which.
    """
    folder = find_preset(preset)
    metadata = _checked_metadata(folder)
    config = _read_json(folder / CONFIG)
    compiled = compile and metadata["has_optimizer"]
    if not compiled:
        config.pop("compile_config", None)
    # An empty scope would hide one that the caller has opened.
    scope = keras.saving.custom_object_scope if custom_objects else contextlib.nullcontext
    with scope(custom_objects):
        return _load(folder, config, cls, compiled, kwargs)


def _load(folder: Path, config: dict, cls: type[Model], compiled: bool, kwargs: dict) -> Model:
    found = _registered_class(config, folder)
    if not issubclass(found, cls):
        raise ValueError(
            f"Expected a preset of {cls.__name__}; {folder} holds a {found.__name__}. Use "
            f"{found.__name__}.from_preset, or from_preset of a base class."
        )
    if holds_lambda(config):
        raise ValueError(
            f"{folder / CONFIG} holds the code of a Python lambda, which could do anything on "
            "this machine; it is refused. Save the model with a registered function instead: "
            f"{REGISTER}."
        )
    # `from_config` takes serialized objects: a network or a policy becomes one.
    replaced = {
        key: keras.saving.serialize_keras_object(value) if hasattr(value, "get_config") else value
        for key, value in kwargs.items()
    }
    config["config"] |= replaced
    changed = f", with {kwargs} in place of its own arguments" if kwargs else ""
    unknown, for_training = unknown_names(config)
    if unknown:
        given = ", ".join(f"{name!r}: ..." for name in unknown)
        aside = ", or leave losses and optimizers out: compile=False"
        raise ValueError(
            f"{folder / CONFIG}{changed} needs {', '.join(unknown)}, which Keras does not know "
            "here. Import the module that registers them, or pass custom_objects="
            f"{{{given}}}{aside if for_training else ''}."
        )
    name, taken_over = found.__name__, None
    cannot_build = f"No {name} can be built from {folder / CONFIG}{changed}"
    do_not_fit = f"The weights of {folder} do not fit the {name} of its {CONFIG}{changed}"
    with _explained(cannot_build):
        model = found.from_config(config["config"])
    with _explained(do_not_fit):
        if set(kwargs) - SAME_SHAPES:
            taken_over = take_over(model, folder / WEIGHTS)
    if compiled:
        with _explained(cannot_build):
            model.compile_from_config(config["compile_config"])
    if taken_over is None:
        with _explained(do_not_fit):
            _load_all_weights(model, folder / WEIGHTS)
    elif taken_over.share < LEAST_SHARE:
        raise ValueError(
            f"{do_not_fit}: in place and shape, {taken_over} Change fewer arguments, or make a "
            f"new {name}."
        )
    else:
        model.begin_anew(taken_over)
        print(f"{folder}{changed}: {taken_over}")
    return model


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    """Gives an error from inside as a ValueError that begins with `what`."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{what}: {short(error)}") from error


def _load_all_weights(model: Saveable, path: Path) -> None:
    # Keras only warns of what it does not find in the file.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.load_weights(path)
    for warning in caught:
        if "skipping" in str(warning.message).lower():
            raise ValueError(str(warning.message))


def _checked_metadata(folder: Path) -> dict:
    """The metadata, once all files are there and are the ones that were saved."""
    missing = [name for name in (METADATA, CONFIG, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        inside = next(iter(sorted(folder.glob(f"*/{METADATA}"))), None)
        raise ValueError(
            f"Expected a preset folder; {folder} lacks {', '.join(missing)}. "
            + (
                f"Did you mean {inside.parent}?"
                if inside
                else "A folder written by save_to_preset has them; a numbered SavedModel is for "
                "TensorFlow to load."
            )
        )
    metadata = _read_json(folder / METADATA)
    try:
        version, checksums = metadata["format_version"], metadata["sha256"]
        expected = {name: checksums[name] for name in (CONFIG, WEIGHTS)}
        metadata["has_optimizer"]  # noqa: B018 - must be there
    except (KeyError, TypeError):
        raise ValueError(
            f"{folder / METADATA} lacks the format version or the checksums that save_to_preset "
            "writes. Save the model again."
        ) from None
    if version != FORMAT:
        raise ValueError(
            f"Expected a preset of format {FORMAT}; {folder} has format {version!r}. Install the "
            f"{PACKAGE} that wrote it: {metadata.get('keras_genzoo_version')}."
        )
    for name, wanted in expected.items():
        got = sha256(folder / name)
        if got != wanted:
            raise ValueError(
                f"{folder / name} was altered or truncated after it was saved: expected SHA-256 "
                f"{wanted}; got {got}. Download or save the preset again."
            )
    return metadata


def _read_json(path: Path) -> dict:
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:  # no JSON, or no UTF-8
        raise ValueError(f"Expected JSON in {path}: {error}. Save the preset again.") from None
    if not isinstance(content, dict):
        raise ValueError(f"Expected a JSON object in {path}; got {type(content).__name__}.")
    return content


def _registered_class(config: dict, folder: Path) -> type[keras.Model]:
    """The model class that a configuration names. Only registered ones are looked at."""
    name = config.get("registered_name")
    found = keras.saving.get_registered_object(name) if isinstance(name, str) else None
    if isinstance(found, type) and issubclass(found, keras.Model):
        if isinstance(config.get("config"), dict):
            return found
        raise ValueError(f"Expected the arguments of a {found.__name__} in {folder / CONFIG}.")
    known = sorted(
        key.removeprefix(f"{PACKAGE}>")
        for key, value in keras.saving.get_custom_objects().items()
        if key.startswith(f"{PACKAGE}>")
        and isinstance(value, type)
        and issubclass(value, keras.Model)
    )
    raise ValueError(
        f"{folder / CONFIG} is of the class {name!r}, which is not known. {PACKAGE} has "
        f"{', '.join(known)}; for a class of your own, import its module first, and register it "
        f"with {REGISTER}."
    )
