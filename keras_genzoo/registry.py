"""The models of the zoo and presets by name, and models of one's own."""

import importlib
import re
from collections.abc import Iterator, Mapping

import keras

from keras_genzoo import saving
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.models import catalogue
from keras_genzoo.support.names import hint


class Models(Mapping[str, type[GenerativeModel]]):
    """The classes of the catalogue by name."""

    def __getitem__(self, name: str) -> type[GenerativeModel]:
        return catalogue.ROWS[name].load()

    def __iter__(self) -> Iterator[str]:
        return iter(catalogue.ROWS)

    def __len__(self) -> int:
        return len(catalogue.ROWS)

    def __repr__(self) -> str:
        return repr(dict(self))


MODELS = Models()
# All are imported at once: Keras finds the class of a saved model only where that has been.
dict(MODELS)


def is_own(name: str) -> bool:
    """Whether a name is of the form "module:Class"."""
    return re.fullmatch(r"[^\W\d][\w.]*:[^\W\d]\w*", name) is not None


def model_class(name: str) -> type[GenerativeModel]:
    """The class of a model.

    Args:
        name: As in `MODELS`, or as the class is called; or "module:Class" for one of one's own,
            whose module is imported.

    Raises:
        ValueError: An unknown name; the message has the nearest ones.
        ImportError: A module of one's own that cannot be imported.
    """
    if is_own(name):
        return _own_class(*name.split(":"))
    row = catalogue.find(name)
    if row is None:
        raise ValueError(
            f"Expected a model of the zoo, or module:Class; got {name!r}. {hint(name, MODELS)}"
        )
    return row.load()


def _own_class(module: str, name: str) -> type[GenerativeModel]:
    try:
        cls = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        raise ImportError(
            f"Expected a Python module that can be imported from here; got {module!r}: {error}."
        ) from error
    if not (isinstance(cls, type) and issubclass(cls, GenerativeModel)):
        got = "there is none of that name" if cls is None else f"it is {cls!r}"
        raise ValueError(
            f"Expected a class {name} in {module}, a subclass of keras_genzoo.GenerativeModel; "
            f"{got}."
        )
    if keras.saving.get_registered_object(keras.saving.get_registered_name(cls)) is not cls:
        raise ValueError(
            f"Expected a class that Keras knows by name, so that it can be saved; got {name}. Put "
            f'@keras.saving.register_keras_serializable("{module}") above it.'
        )
    return cls


def presets() -> list[str]:
    """Names of the pretrained models, for `from_preset`."""
    return saving.zoo_presets()


def from_preset(
    preset: str, *, custom_objects: dict | None = None, compile: bool = True, **kwargs
) -> GenerativeModel:
    """Loads any model of the zoo, a preset folder or `hf://owner/name`.

    Args:
        preset: For instance "dcgan_digits" or "runs/my_dcgan".
        custom_objects: Name -> function or class, for those of the preset that are not
            registered here.
        compile: Whether to compile the model as it was when saved, with the optimizers' state.
        **kwargs: Constructor arguments to change, such as `dtype`.

    Raises:
        ValueError: An unknown name (the nearest are named); missing, altered or truncated files;
            functions or classes that Keras does not know here.
    """
    return GenerativeModel.from_preset(
        preset, custom_objects=custom_objects, compile=compile, **kwargs
    )
