"""Writes exports here where Keras runs on TensorFlow, else in a TensorFlow process."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import keras

from keras_genzoo.saving.configuration import objects
from keras_genzoo.saving.formats import FORMATS, write_functions
from keras_genzoo.saving.loading import load_preset
from keras_genzoo.saving.preset import CONFIG
from keras_genzoo.saving.saveable import Saveable
from keras_genzoo.saving.saved_model import write_saved_model
from keras_genzoo.saving.writing import write_model


def write_export(model: Saveable, folder: Path, format: str, stems: dict[str, str]) -> list[str]:
    """Writes what `format` consists of into `folder`; returns lines that say what it offers.

    Args:
        model: The model.
        folder: An empty folder.
        format: "tf_saved_model", or one of `FORMATS`.
        stems: For these, signature -> the name of its file, without a suffix.
    """
    needed = FORMATS[format].backend if format in FORMATS else "tensorflow"
    if keras.backend.backend() != needed:
        return _write_in_tensorflow_process(model, folder, format, stems)
    return _write_here(model, folder, format, stems)


def _write_here(model: Saveable, folder: Path, format: str, stems: dict[str, str]) -> list[str]:
    if format in FORMATS:
        return write_functions(model, folder, format, stems)
    return write_saved_model(model, folder)


def _write_in_tensorflow_process(model, folder, format, stems) -> list[str]:
    if importlib.util.find_spec("tensorflow") is None:
        raise ImportError(
            f'Expected TensorFlow to be installed, which writes format="{format}". Do '
            "pip install tensorflow."
        )
    with tempfile.TemporaryDirectory() as preset:
        write_model(model, Path(preset), include_optimizer=False)
        modules = _modules(json.loads(Path(preset, CONFIG).read_text()))
        environment = {
            "TF_CPP_MIN_LOG_LEVEL": "3",
            **os.environ,
            "KERAS_BACKEND": "tensorflow",
            "CUDA_VISIBLE_DEVICES": "-1",  # this process may hold all of the GPU's memory
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        program = [sys.executable, "-m", "keras_genzoo.saving"]
        command = [*program, preset, str(folder), format, json.dumps(stems), *modules]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        message = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(
            f'TensorFlow, in a process of its own, could not write format="{format}": {message[-1]}'
        )
    marked = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    return [line.removeprefix(MARK) for line in marked]


# Before the lines that are meant for the caller; libraries print others.
MARK = "exported "


def _modules(config: dict) -> list[str]:
    """The modules that register what a model's configuration speaks of."""
    names = [part.get("registered_name") for part in objects(config)]
    found = [keras.saving.get_registered_object(name) for name in names if isinstance(name, str)]
    modules = {thing.__module__ for thing in found if thing is not None}
    if "__main__" in modules:
        raise ValueError(
            f"{config['class_name']}, or a part of it, is defined in the script that runs, where "
            "the TensorFlow process cannot find it. Move it into a module and import it."
        )
    return sorted(modules)


def main(arguments: list[str]) -> int:
    """The TensorFlow process: `<preset> <folder> <format> <stems> [modules]`."""
    preset, folder, format, stems, *modules = arguments
    try:
        for module in modules:
            importlib.import_module(module)
        model: Saveable = load_preset(preset)
        lines = _write_here(model, Path(folder), format, json.loads(stems))
        print("\n".join(MARK + line for line in lines))
    except Exception as error:
        # One line: the caller repeats it.
        reason = " ".join(str(error).split())
        print(f"{type(error).__name__}: {reason}", file=sys.stderr)
        return 1
    return 0
