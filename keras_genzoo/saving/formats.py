"""Files of one function each, in the formats that Keras's own exporters write."""

import importlib.util
import warnings
from dataclasses import dataclass
from pathlib import Path

import keras

from keras_genzoo.saving.preset import PACKAGE
from keras_genzoo.saving.saveable import Saveable
from keras_genzoo.saving.signature import Shape, Signature


@dataclass(frozen=True)
class Format:
    """A format of Keras's.

    Args:
        suffixes: The ends of the names of the files of one function; readers open the first.
        backend: Which of Keras's backends writes it.
        packages: What must be installed besides.
        install: What `pip install` takes for them.
    """

    suffixes: tuple[str, ...]
    backend: str = "tensorflow"
    packages: tuple[str, ...] = ()
    install: str = ""


FORMATS = {
    "onnx": Format((".onnx",), packages=("onnx", "tf2onnx"), install=f"{PACKAGE}[onnx]"),
    "litert": Format((".tflite",)),
    "openvino": Format((".xml", ".bin"), packages=("openvino",), install="openvino"),
    "torch": Format((".pt2",), backend="torch"),
}


def check_format(name: str, model: Saveable) -> None:
    """Raises an error where the format cannot be written here, or not of this model."""
    form, backend = FORMATS[name], keras.backend.backend()
    if form.backend == "torch" and backend != "torch":
        raise ValueError(
            f'Expected the PyTorch backend for format="{name}"; got {backend}. Save a preset, and '
            "export it where KERAS_BACKEND=torch."
        )
    missing = [package for package in form.packages if not importlib.util.find_spec(package)]
    if missing:
        raise ImportError(
            f'Expected {" and ".join(missing)} to be installed for format="{name}". Do '
            f"pip install '{form.install}'."
        )
    dtypes = {part.compute_dtype for part in (model, *model.layers)} - {"float32"}
    if dtypes:
        raise ValueError(
            f"Expected a model that computes in float32, since not all readers of {name} know "
            f"others; got {' and '.join(sorted(dtypes))}. Save a preset, and export "
            'from_preset(folder, dtype="float32").'
        )


def write_functions(model: Saveable, folder: Path, name: str, stems: dict[str, str]) -> list[str]:
    """Writes signatures of a model into `folder`, a file each.

    Args:
        model: The model.
        folder: Where.
        name: The format, one of `FORMATS`.
        stems: Signature -> the name of its file, without a suffix.

    Returns:
        A line about each file.
    """
    signatures, lines = model.signatures(), []
    for signature, stem in stems.items():
        function = Function(model, signatures[signature])
        file = f"{stem}{FORMATS[name].suffixes[0]}"
        function.write(folder / file, name)
        lines.append(f"{file}: {signatures[signature].described(signature, function.results())}")
    return lines


class Function(keras.Model):
    """A signature as a model of its own, since Keras's exporters write what a model's `call` does.

    Args:
        model: Whose signature it is: its weights are the function's.
        signature: The signature.
    """

    def __init__(self, model: Saveable, signature: Signature):
        super().__init__(name="function")
        self.model, self.signature = model, signature
        self.built = True

    def call(self, *inputs):
        results, taken = self.signature.call(*inputs), self.signature.inputs
        # Inputs and outputs share their names in a file; images in and images out cannot.
        return {f"{key}_out" if key in taken else key: value for key, value in results.items()}

    def results(self) -> dict[str, tuple[Shape, str]]:
        """Name -> (shape, dtype) of what the function gives."""
        inputs = [
            keras.KerasTensor(shape, dtype) for shape, dtype in self.signature.inputs.values()
        ]
        specs = self.compute_output_spec(*inputs)
        return {name: (tuple(spec.shape), spec.dtype) for name, spec in specs.items()}

    def write(self, path: Path, format: str) -> None:
        """Writes the function to `path` by Keras's exporter."""
        inputs = self.signature.inputs
        specs = [keras.InputSpec(dtype, shape, name=key) for key, (shape, dtype) in inputs.items()]
        options = {}
        if format == "torch":
            options["dynamic_shapes"] = tuple(_batch(shape) for shape, _ in inputs.values())
        with warnings.catch_warnings():
            # What converters say of NumPy and TensorFlow, no user of the model can mend.
            for category in (FutureWarning, DeprecationWarning):
                warnings.simplefilter("ignore", category)
            self.export(str(path), format=format, input_signature=specs, verbose=False, **options)
        if format == "onnx":
            _check_onnx(path)


def _check_onnx(path: Path) -> None:
    """Raises ValueError for a file that no reader takes: the converter only logs what it lacks."""
    import onnx

    try:
        onnx.checker.check_model(str(path))
    except onnx.checker.ValidationError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"Expected functions that ONNX knows; {path.stem} has others: {reason} Write them by "
            "others, ops.log(1 + x) for ops.log1p(x), or export a SavedModel."
        ) from error


def _batch(shape: Shape) -> dict:
    """What PyTorch calls a shape whose batch is of any size; it would keep the example's."""
    import torch

    return {axis: torch.export.Dim("batch") for axis, n in enumerate(shape) if n is None}
