"""Exported models, written whole or not at all, from any backend."""

from pathlib import Path

import keras

from keras_genzoo.saving.formats import FORMATS, check_format
from keras_genzoo.saving.saveable import Saveable
from keras_genzoo.saving.signature import Signature
from keras_genzoo.saving.tensorflow_process import write_export
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.files import files_written_whole, folder_written_whole
from keras_genzoo.support.names import hint
from keras_genzoo.support.types import FilePath

SAVED_MODEL = "tf_saved_model"


def export(
    model: Saveable,
    folder: FilePath,
    format: str = SAVED_MODEL,
    *,
    signature: str | None = None,
    version: int = 1,
    overwrite: bool = False,
    verbose: bool = True,
) -> Path:
    """Writes `model` to `folder`; see `GenerativeModel.export`.

    Each signature takes its inputs by name and gives its outputs by name. In a SavedModel,
    scalars such as `n` and `seed` may come as shape () or (1,), since some clients know only
    lists.

    On JAX and PyTorch a TensorFlow process does the work; that draws TensorFlow's random
    numbers, so a seed gives other samples there than in this process.

    Raises:
        ValueError: A format that does not exist, or one that this backend cannot write; a model
            without signatures, or without those that the format can hold; arguments that do not
            go together.
        FileExistsError: What would be written exists and `overwrite` is False.
        ImportError: A package that the format needs is not installed.
        OSError: The folder cannot be written.
        RuntimeError: The TensorFlow process failed; its message is repeated.
    """
    formats = [SAVED_MODEL, *FORMATS]
    if format not in formats:
        raise ValueError(
            f"Expected format, one of {', '.join(formats)}; got {format!r}. {hint(format, formats)}"
        )
    signatures = model.signatures()
    wrong = [key for key, value in signatures.items() if not isinstance(value, Signature)]
    if wrong:
        raise ValueError(
            f"Expected signatures() of {type(model).__name__} to give Signature objects; got a "
            f"{type(signatures[wrong[0]]).__name__} for {wrong[0]!r}. Write "
            "Signature(function, {name: (shape, dtype)}, output)."
        )
    if not signatures:
        raise ValueError(
            f"Expected a model that offers something; {type(model).__name__} has no signatures. "
            f"Define generate(...) and inputs(), or signatures().{_networks(model, format)}"
        )
    if format == SAVED_MODEL:
        others = [key for key, form in FORMATS.items() if Path(folder).suffix in form.suffixes]
        if others and not Path(folder).exists():
            raise ValueError(
                f"Expected a folder for a SavedModel; got {str(folder)!r}. Pass "
                f'format="{others[0]}" for that file.'
            )
        return _export_saved_model(model, Path(folder), signature, version, overwrite, verbose)
    if version != 1:
        raise ValueError(
            f'Expected version with format="{SAVED_MODEL}" alone; got version={version!r} with '
            f"format={format!r}. Give the files of another version a folder of their own."
        )
    chosen = _chosen(model, signatures, format, signature)
    check_format(format, model)
    return _export_functions(model, Path(folder), format, chosen, overwrite, verbose)


# ---------------------------------------------------------------------- a SavedModel


def _export_saved_model(model, folder: Path, signature, version, overwrite, verbose) -> Path:
    if signature is not None:
        raise ValueError(
            f"Expected signature with {', '.join(FORMATS)}, whose files hold one function; got "
            f"signature={signature!r} for a SavedModel, which holds all. Leave it out."
        )
    path = folder / str(whole_number("version", version))
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"Expected a new version; {path} exists, and a server may be using it. Pass "
            f"version={_next_version(folder)}, or overwrite=True to replace it."
        )
    with folder_written_whole(path) as temporary:
        lines = write_export(model, temporary, SAVED_MODEL, {})
    if verbose:
        print("\n  ".join([f"SavedModel: {path}", *lines]))
    return path


def _next_version(folder: Path) -> int:
    return 1 + max(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


# ---------------------------------------------------------------------- a file for each function


def _chosen(model, signatures: dict[str, Signature], format: str, name: str | None) -> list[str]:
    """The names of the signatures to write: `name`, or all that draw nothing."""
    model_name = type(model).__name__
    deterministic = [key for key, value in signatures.items() if value.is_deterministic]
    if not deterministic:
        drawing = " and ".join(signatures)
        raise ValueError(
            f"Expected a model with functions that draw nothing, for format={format!r}; "
            f"{model_name} has {drawing} alone, whose random numbers only a SavedModel draws. "
            f"Export one.{_networks(model, format)}"
        )
    if name is None:
        return deterministic
    if name in deterministic:
        return [name]
    if name in signatures:
        raise ValueError(
            f"Expected a signature that draws nothing, for format={format!r}; got {name!r}, whose "
            f"random numbers only a SavedModel draws. {model_name} has {', '.join(deterministic)}."
        )
    raise ValueError(
        f"Expected signature, one of {', '.join(deterministic)}; got {name!r}. "
        f"{hint(name, deterministic)}"
    )


def _networks(model, format: str) -> str:
    """How to have a network of the model's by itself, in one of Keras's formats."""
    if format == SAVED_MODEL:
        return ""
    # On PyTorch, a module keeps its networks apart from its other attributes.
    attributes = {**vars(model), **vars(model).get("_modules", {})}
    names = [name for name, value in attributes.items() if isinstance(value, keras.Model)]
    calls = " or ".join(f"model.{name}.export(path, format={format!r})" for name in names)
    return f" Keras exports a network by itself: {calls}." if names else ""


def _export_functions(model, path: Path, format: str, names, overwrite, verbose) -> Path:
    suffixes = FORMATS[format].suffixes
    is_file = path.suffix == suffixes[0]
    others = [form.suffixes[0] for form in FORMATS.values()]
    if path.suffix in others and not is_file:
        raise ValueError(
            f"Expected a folder, or a file that ends in {suffixes[0]}, for format={format!r}; got "
            f"{path}. Do {path.with_suffix(suffixes[0])}."
        )
    if is_file and len(names) > 1:
        raise ValueError(
            f"Expected signature, one of {', '.join(names)}, since the file {path} holds one "
            f"function. Or give a folder, such as {path.with_suffix('')}, for a file of each."
        )
    folder = path.parent if is_file else path
    stems = {name: path.stem if is_file else name for name in names}
    # What a reader opens names the rest: it takes its place last.
    files = [f"{stem}{suffix}" for stem in stems.values() for suffix in reversed(suffixes)]
    present = [file for file in files if (folder / file).exists()]
    if present and not overwrite:
        raise FileExistsError(
            f"Expected new files; {folder} has {', '.join(present)}. Pass overwrite=True to "
            "replace them, or give another path."
        )
    with files_written_whole(folder, files) as temporary:
        lines = write_export(model, temporary, format, stems)
    if verbose:
        print("\n  ".join([f"{format}: {path}", *lines]))
    return path
