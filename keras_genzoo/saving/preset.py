"""What a preset folder consists of, and where it is found: a zoo name, a folder, or a model hub."""

import json
import re
import textwrap
from pathlib import Path

import keras

from keras_genzoo.support.names import hint

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
METADATA = "metadata.json"
CARD = "README.md"
PICTURE = "samples.png"
RECIPE = "recipe.yaml"

# In the order in which they replace older ones: what describes the others comes last.
FILES = [RECIPE, CARD, PICTURE, CONFIG, WEIGHTS, METADATA]

FORMAT = 1
PACKAGE = "keras_genzoo"


def zoo_folder() -> Path:
    """Where the zoo's own presets are: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "savedmodels"
    return installed if installed.is_dir() else package.parent / "savedmodels"


def zoo_presets() -> list[str]:
    """Names of the zoo's presets."""
    return sorted(path.parent.name for path in zoo_folder().glob(f"*/{METADATA}"))


def presets_of(cls: type) -> dict[str, dict]:
    """The zoo's presets of a class and of those that inherit from it: name -> {"metadata":
    {"description": ..., "params": ...}, "folder": ...}.
    """
    found = {}
    for name in zoo_presets():
        metadata = described(name)
        of = keras.saving.get_registered_object(metadata["class_name"])
        if isinstance(of, type) and issubclass(of, cls):
            found[name] = {
                "metadata": {
                    "description": metadata.get("description", ""),
                    "params": metadata["parameter_count"],
                },
                "folder": str(zoo_folder() / name),
            }
    return found


def described(name: str) -> dict:
    """The metadata of one of the zoo's presets.

    Raises:
        ValueError: The file is not what `save_to_preset` writes.
    """
    path = zoo_folder() / name / METADATA
    try:
        metadata = json.loads(path.read_bytes())
        metadata["class_name"], metadata["parameter_count"]  # noqa: B018 - must be there
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"Expected the metadata of a preset in {path}: {error}. Install the package again."
        ) from None
    return metadata


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
    raise ValueError(
        f"Expected a preset: a zoo name, a folder, or hf://owner/name; got {name!r}, which is "
        f"none of them. {hint(name, names) if names else 'The zoo has no presets here.'}"
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
            f"{name} could not be downloaded: {short(error)} Check the name and the "
            "network, or give the folder of a copy."
        ) from error


def short(error: Exception) -> str:
    """The reason of an error, in one line."""
    # Keras puts the whole configuration before the reason.
    text = str(error).rpartition("Exception encountered: ")[2] or type(error).__name__
    return textwrap.shorten(text, 400, placeholder=" ...")
