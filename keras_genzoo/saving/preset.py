"""A model as a folder: configuration, weights, checksums, a model card and a picture."""

import contextlib
import datetime
import difflib
import importlib
import json
import re
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path

import keras
from keras import ops

from keras_genzoo.plotting import picture
from keras_genzoo.support.files import files_written_whole, sha256

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
METADATA = "metadata.json"
CARD = "README.md"
PICTURE = "samples.png"

# In the order in which they replace older ones: what describes the others comes last.
FILES = [CARD, PICTURE, CONFIG, WEIGHTS, METADATA]

FORMAT = 1
PACKAGE = "keras_genzoo"

REGISTER = '@keras.saving.register_keras_serializable("your_package")'
# Keras finds their classes by import.
OF_KERAS = ("keras", "keras_hub", "keras_cv", "keras_nlp")


# ---------------------------------------------------------------------- saving


def save_preset(
    model: keras.Model,
    folder,
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
        (temporary / CARD).write_text(_card(model, folder, metadata, card, samples is not None))


def write_model(model: keras.Model, folder: Path, include_optimizer: bool) -> dict:
    """Writes what `load_preset` needs into the empty `folder`; returns the metadata."""
    config = keras.saving.serialize_keras_object(model)
    compiled = include_optimizer and bool(config.get("compile_config"))
    if not compiled:
        config.pop("compile_config", None)
    if _holds_lambda(config):
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
        "keras_genzoo_version": _version(),
        "keras_version": keras.__version__,
        "sha256": {name: sha256(folder / name) for name in (CONFIG, WEIGHTS)},
    }
    (folder / METADATA).write_text(json.dumps(metadata, indent=2))
    return metadata


def _check_names(model, config: dict):
    """Raises ValueError where loading `config` would not find what the model is made of."""
    unknown, for_training = _unknown(config)
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
        for given, part in zip(getattr(model, "loss_given", []), loss, strict=False):
            if part["class_name"] == "function":
                # Keras looks at names alone: a "hinge" of one's own would load as Keras's.
                _check_same(part["config"], given, keras.saving.deserialize_keras_object(part))


def _check_same(name: str, given, found):
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


def _uncompiled_copy(model):
    copy = type(model).from_config(model.get_config())
    sources = [*model.weights, *model.random_states()]
    for target, source in zip([*copy.weights, *copy.random_states()], sources, strict=True):
        target.assign(ops.convert_to_numpy(source.value))
    copy.restored()
    return copy


def _samples(model):
    """Samples for the card: 64, or 16 where they are large; None where a model has none."""
    if not model.can_sample:
        return None
    n = model.grid_samples if model.spec.size <= 64 * 64 * 3 else 16
    return model.sample(n if model.spec.is_image else 1000, seed=0)


def _card(model, folder, metadata, text, has_picture) -> str:
    """The model card: the text given, then facts that no text need repeat."""
    shape = ", ".join(map(str, model.spec.shape))
    class_name = metadata["class_name"].split(">")[-1]
    # Model hubs read the lines between the dashes; a text may bring its own.
    header = f"---\nlibrary_name: keras\ntags: [{PACKAGE}, {class_name}]\n---\n"
    name = folder.resolve().name
    text = text.strip() or f"# {name}"
    parts = [
        "" if text.startswith("---") else header,
        text,
        f"\n![Samples of seed 0]({PICTURE})" if has_picture else "",
        f"""
| | |
|---|---|
| class | `{class_name}` |
| one example | {"image" if model.spec.is_image else "vector"} ({shape}) |
| parameters | {metadata["parameter_count"]:,} |
| optimizer state | {"included: training can go on" if metadata["has_optimizer"] else "none"} |
| saved | {metadata["date_saved"][:10]}, Keras {metadata["keras_version"]} |
| licence | Apache-2.0, unless the text above names another |

```python
import keras_genzoo as zoo
model = zoo.from_preset("{name}")
{"samples = model.sample(64, seed=0)" if has_picture else "model.summary()"}
```
""",
    ]
    return "\n".join(part for part in parts if part)


def _version() -> str:
    # Looked up late: the package imports this module before it has its version.
    return importlib.import_module(PACKAGE).__version__


# ---------------------------------------------------------------------- finding


def zoo_folder() -> Path:
    """Where the zoo's own presets are: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "savedmodels"
    return installed if installed.is_dir() else package.parent / "savedmodels"


def zoo_presets() -> list[str]:
    """Names of the zoo's presets."""
    return sorted(path.parent.name for path in zoo_folder().glob(f"*/{METADATA}"))


def find_preset(preset) -> Path:
    """The folder of a preset: a path, a zoo name, or `hf://owner/name`, which is downloaded."""
    name = str(preset)
    if name.startswith("hf://"):
        return _download(name)
    names = zoo_presets()
    folder = Path(preset)
    # A folder that merely has a zoo preset's name does not hide that.
    if folder.is_dir() and ((folder / METADATA).exists() or name not in names):
        return folder
    if name in names:
        return zoo_folder() / name
    near = difflib.get_close_matches(name, names, n=3)
    if near:
        hint = f"Did you mean {' or '.join(map(repr, near))}?"
    else:
        hint = f"The zoo has {', '.join(names) or 'no presets here'}."
    raise ValueError(
        f"Expected a preset: a zoo name, a folder, or hf://owner/name; got {name!r}, which is "
        f"none of them. {hint}"
    )


def _download(name: str) -> Path:
    repository = name.removeprefix("hf://")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ValueError(f"Expected hf://owner/name; got {name!r}.")
    try:
        import huggingface_hub
    except ImportError:
        raise ImportError(
            f"{name} needs huggingface_hub, which is not installed: "
            f"pip install '{PACKAGE}[hub]'. Or download the files, and give their folder."
        ) from None
    try:
        return Path(huggingface_hub.snapshot_download(repository, allow_patterns=FILES))
    except Exception as error:  # network, name or permission: the library has a class for each
        raise OSError(
            f"{name} could not be downloaded: {_short(error)} Check the name and the "
            "network, or give the folder of a copy."
        ) from error


# ---------------------------------------------------------------------- loading


def load_preset(
    preset,
    cls: type = keras.Model,
    *,
    custom_objects: dict | None = None,
    compile: bool = True,
    **kwargs,
) -> keras.Model:
    """Builds the model of a preset; see `GenerativeModel.from_preset`.

    Nothing is opened before its checksum is seen to be right, and nothing is unpickled.

    Args:
        preset: A zoo name, a folder or `hf://owner/name`.
        cls: The class that the caller expects, or a base of it.
        custom_objects: Name -> function or class, for what is not registered here.
        compile: Whether to compile the model as it was; False leaves its `compile_config` unread.
        **kwargs: Constructor arguments that replace those of the preset.
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


def _load(folder: Path, config: dict, cls: type, compiled: bool, kwargs: dict) -> keras.Model:
    found = _registered_class(config, folder)
    if not issubclass(found, cls):
        raise ValueError(
            f"Expected a preset of {cls.__name__}; {folder} holds a {found.__name__}. Use "
            f"{found.__name__}.from_preset, or from_preset of a base class."
        )
    if _holds_lambda(config):
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
    unknown, for_training = _unknown(config)
    if unknown:
        given = ", ".join(f"{name!r}: ..." for name in unknown)
        aside = ", or leave losses and optimizers out: compile=False"
        raise ValueError(
            f"{folder / CONFIG}{changed} needs {', '.join(unknown)}, which Keras does not know "
            "here. Import the module that registers them, or pass custom_objects="
            f"{{{given}}}{aside if for_training else ''}."
        )
    try:
        model = found.from_config(config["config"])
        if compiled:
            model.compile_from_config(config["compile_config"])
    except Exception as error:
        raise ValueError(
            f"No {found.__name__} can be built from {folder / CONFIG}{changed}: {_short(error)}"
        ) from error
    try:
        _load_all_weights(model, folder / WEIGHTS)
    except Exception as error:
        raise ValueError(
            f"The weights of {folder} do not fit the {found.__name__} of its {CONFIG}{changed}: "
            f"{_short(error)}"
        ) from error
    return model


def _load_all_weights(model, path):
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
                f"{wanted}, got {got}. Download or save the preset again."
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


def _registered_class(config: dict, folder: Path) -> type:
    """The model class that a configuration names. Only registered ones are looked at."""
    name = config.get("registered_name")
    found = keras.saving.get_registered_object(name) if isinstance(name, str) else None
    is_model = isinstance(found, type) and issubclass(found, keras.Model)
    if is_model and isinstance(config.get("config"), dict):
        return found
    if is_model:
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


def objects(config) -> Iterator[dict]:
    """All dictionaries in a configuration, from the outside in."""
    if isinstance(config, dict):
        yield config
    values = config.values() if isinstance(config, dict) else config
    if isinstance(config, dict | list | tuple):
        for value in values:
            yield from objects(value)


def _unknown(config: dict) -> tuple[list[str], bool]:
    """Functions and classes of a configuration that Keras does not find, by name, and whether
    all of them are in its `compile_config`."""
    of_model = _unknown_names({**config, "compile_config": None})
    return _unknown_names(config), not of_model


def _unknown_names(config: dict) -> list[str]:
    parts = [part for part in objects(config) if {"module", "class_name"} <= part.keys()]
    names = [
        part["config"] if isinstance(part.get("config"), str) else part["class_name"]
        for part in parts
        if not _is_known(part)
    ]
    return list(dict.fromkeys(map(str, names)))


def _is_known(part: dict) -> bool:
    if part["class_name"] == "function":
        try:
            return callable(keras.saving.deserialize_keras_object(part))
        except (TypeError, ValueError):
            return False
    name = part.get("registered_name")
    registered = isinstance(name, str) and keras.saving.get_registered_object(name) is not None
    return registered or str(part["module"]).split(".")[0] in OF_KERAS


def _holds_lambda(config) -> bool:
    # Keras refuses them as well, but not where a program has called
    # `keras.config.enable_unsafe_deserialization` for some file of its own.
    return any(part.get("class_name") == "__lambda__" for part in objects(config))


def _short(error: Exception) -> str:
    # Keras puts the whole configuration before the reason.
    text = str(error).rpartition("Exception encountered: ")[2] or type(error).__name__
    return textwrap.shorten(text, 400, placeholder=" ...")
