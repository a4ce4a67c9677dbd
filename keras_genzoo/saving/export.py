"""SavedModels for TensorFlow Serving, written whole, from any backend."""

import contextlib
import importlib
import importlib.util
import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

from keras_genzoo.saving.preset import CONFIG, load_preset, objects, write_model
from keras_genzoo.support.files import folder_written_whole

# What a Keras model without random draws can be exported to besides.
KERAS_FORMATS = ("onnx", "openvino", "litert", "torch")

# Signatures whose output is data: "images" or "samples". "z" is what `encode` gives; any other
# output has its signature's name.
GIVE_DATA = ("sample", "decode", "reconstruct", "interpolate", "translate")


def export(
    model: keras.Model,
    folder,
    format: str = "tf_saved_model",
    *,
    version: int = 1,
    overwrite: bool = False,
    verbose: bool = True,
) -> Path:
    """Writes `model` as `folder/<version>/`; see `GenerativeModel.export`.

    Each signature takes its arguments by name and gives a dictionary: "images" or "samples" for
    data, "z" for codes, else one entry named as the signature; a function of the model that
    returns a dictionary keeps its keys. Scalars such as `n` and `seed` may come as shape () or
    (1,), since some clients know only lists.

    On JAX and PyTorch a TensorFlow process does the work; that draws TensorFlow's random
    numbers, so a seed gives other samples there than in this process.

    Raises:
        ValueError: `version` is no positive integer; another format; no signatures.
        FileExistsError: The version exists and `overwrite` is False.
        OSError: The folder cannot be written.
        RuntimeError: The TensorFlow process failed; its message is repeated.
    """
    if format != "tf_saved_model":
        raise ValueError(
            f'Expected format="tf_saved_model"; got {format!r}.{_other_formats(model, format)}'
        )
    if not model.signatures():
        raise ValueError(
            f"Expected a model that offers something; {type(model).__name__} has no signatures. "
            "Define generate(noise), or signatures()."
        )
    if isinstance(version, bool) or not isinstance(version, int | np.integer) or version < 1:
        raise ValueError(f"Expected version, a positive integer; got {version!r}.")
    path = Path(folder) / str(version)
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"Expected a new version; {path} exists, and a server may be using it. Pass "
            f"version={_next_version(Path(folder))}, or overwrite=True to replace it."
        )
    with folder_written_whole(path) as temporary:
        if keras.backend.backend() == "tensorflow":
            lines = write_saved_model(model, temporary)
        else:
            lines = _write_in_tensorflow_process(model, temporary)
    if verbose:
        print("\n".join([f"SavedModel: {path}", *lines]))
    return path


def _other_formats(model, format) -> str:
    """What can be done about a format of Keras's, with the networks that the model has."""
    if format not in KERAS_FORMATS:
        return ""
    # On PyTorch, a module keeps its networks apart from its other attributes.
    attributes = {**vars(model), **vars(model).get("_modules", {})}
    names = [name for name, value in attributes.items() if isinstance(value, keras.Model)]
    calls = " or ".join(f"model.{name}.export(path, format={format!r})" for name in names)
    hint = f" Export a network by itself, through Keras: {calls}." if names else ""
    return f" Only a SavedModel holds a whole {type(model).__name__}, seeded draws included.{hint}"


def _next_version(folder: Path) -> int:
    return 1 + max(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def write_saved_model(model: keras.Model, folder: Path) -> list[str]:
    """Writes a SavedModel into `folder`; returns a line about each signature."""
    import tensorflow as tf

    data_name = "images" if model.spec.is_image else "samples"
    traced, lines = {}, []
    for name, (function, arguments) in model.signatures().items():
        output = data_name if name in GIVE_DATA else {"encode": "z"}.get(name, name)
        traced[name] = _trace(function, arguments, output)
        results = [
            f"{key} {_type(spec.shape, spec.dtype.name)}"
            for key, spec in traced[name].structured_outputs.items()
        ]
        inputs = [f"{key} {_type(*kind)}" for key, kind in arguments.items()]
        lines.append(f"  {name}({', '.join(inputs)}) -> {', '.join(results)}")
    # What a server calls when it is told no signature.
    traced["serving_default"] = traced.get("sample") or next(iter(traced.values()))

    archive = tf.Module()
    # Only what the functions read: a network that nothing here calls stays out.
    archive.weights = list({v.ref(): v for f in traced.values() for v in f.variables}.values())
    with _quiet():
        # Gradients of the graph would be traced too, and nothing serves them.
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(archive, str(folder), signatures=traced, options=options)
    return lines


def _trace(function, arguments: dict, output: str):
    """The graph of `function`, with arguments by name and a dictionary as its output."""
    import tensorflow as tf

    @tf.function(autograph=False)
    def graph(**tensors):
        results = function(*(_checked(key, tensors[key], arguments[key][0]) for key in arguments))
        return results if isinstance(results, dict) else {output: results}

    # A scalar's shape is left open, for it may come as (1,).
    return graph.get_concrete_function(
        **{
            key: tf.TensorSpec(None if shape == () else shape, dtype, key)
            for key, (shape, dtype) in arguments.items()
        }
    )


def _checked(name: str, tensor, shape):
    """`tensor` with a check of its shape in the graph: nothing else looks, when it is called."""
    import tensorflow as tf

    if shape != ():
        return tf.ensure_shape(tensor, shape)
    message = f"Expected {name}, one number; got shape"
    check = tf.debugging.Assert(tf.equal(tf.size(tensor), 1), [message, tf.shape(tensor)])
    with tf.control_dependencies([check]):
        return tf.reshape(tensor, ())


def _type(shape, dtype: str) -> str:
    return f"{dtype}({', '.join('batch' if n is None else str(n) for n in shape)})"


@contextlib.contextmanager
def _quiet():
    """Without TensorFlow's remarks about where assets went."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


# ---------------------------------------------------------------------- from other backends


def _write_in_tensorflow_process(model: keras.Model, folder: Path) -> list[str]:
    if importlib.util.find_spec("tensorflow") is None:
        raise ImportError("A SavedModel is written by TensorFlow: pip install tensorflow.")
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
        command = [sys.executable, "-m", "keras_genzoo.saving", preset, str(folder)]
        done = subprocess.run([*command, *modules], env=environment, capture_output=True, text=True)
    if done.returncode:
        message = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(
            f"TensorFlow, in a process of its own, could not write the SavedModel: {message[-1]}"
        )
    return [line for line in done.stdout.splitlines() if line.startswith("  ")]


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
    """The TensorFlow process: `<preset> <folder> [modules to import]`."""
    preset, folder, *modules = arguments
    try:
        for module in modules:
            importlib.import_module(module)
        print("\n".join(write_saved_model(load_preset(preset), Path(folder))))
    except Exception as error:
        # One line: the caller repeats it.
        reason = " ".join(str(error).split())
        print(f"{type(error).__name__}: {reason}", file=sys.stderr)
        return 1
    return 0
