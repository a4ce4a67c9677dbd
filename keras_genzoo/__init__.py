"""keras_genzoo: the Keras 3 zoo of generative models.

Editors and type checkers read `__init__.pyi`, which is written from `models/catalogue.py`.
"""

import importlib
import sys
from pathlib import Path

from keras_genzoo.models import catalogue as _catalogue
from keras_genzoo.version import __version__ as __version__

# Where the public names live that are no models': None is a module of this package.
_HOME = {
    "MODELS": "keras_genzoo.registry",
    "GenerativeModel": "keras_genzoo.engine",
    "callbacks": None,
    "data": None,
    "evaluation": None,
    "from_preset": "keras_genzoo.registry",
    "latents": None,
    "losses": None,
    "metrics": None,
    "plotting": None,
    "presets": "keras_genzoo.registry",
}


def _names() -> list[str]:
    return sorted({*_HOME, *(row.class_name for row in _catalogue.ROWS.values())})


__all__ = _names()


def __getattr__(name: str):
    if name in _HOME:
        home = _HOME[name]
        if home is None:
            return importlib.import_module(f"{__name__}.{name}")
        value = getattr(importlib.import_module(home), name)
    else:
        row = _catalogue.find(name)
        if row is None or name != row.class_name:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = row.load()
    globals()[name] = value
    return value


def __dir__():
    return sorted({*_names(), *(name for name in globals() if name.startswith("__"))})


def _is_command() -> bool:
    """Whether this process is the command line: `keras-genzoo`, or `python -m` with one of the
    package's modules that answer without Keras.
    """
    # Python calls a program "-m" until it has found the module, in whose package it looks here.
    if sys.argv[0] == "-m":
        return any(word.removeprefix("-m") in _WITHOUT_KERAS for word in sys.orig_argv)
    return Path(sys.argv[0]).stem == "keras-genzoo"


_WITHOUT_KERAS = ("keras_genzoo.cli", "keras_genzoo.models")

# All is imported at once, since Keras finds a saved model's class only where that is imported. Not
# so for the command line, which answers `--help` before Keras could be loaded, and asks TensorFlow
# to be quiet first: there, each name is imported when it is first used.
if not _is_command():
    for _name in _names():
        __getattr__(_name)
