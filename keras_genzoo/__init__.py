"""keras_genzoo: the Keras 3 zoo of generative models."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from keras_genzoo.version import __version__  # noqa: F401

if TYPE_CHECKING:
    from keras_genzoo import callbacks, data, evaluation, latents, losses, metrics, plotting
    from keras_genzoo.engine import GenerativeModel
    from keras_genzoo.models.autoencoder.vae import VAE
    from keras_genzoo.models.autoregressive.pixel_cnn import PixelCNN
    from keras_genzoo.models.flow.nice import NICE
    from keras_genzoo.models.gan.dcgan import DCGAN
    from keras_genzoo.models.gan.wgan_gp import WGANGP
    from keras_genzoo.registry import MODELS, from_preset, presets

# Where the public names live.
_HOME = {
    "DCGAN": "keras_genzoo.models.gan.dcgan",
    "MODELS": "keras_genzoo.registry",
    "NICE": "keras_genzoo.models.flow.nice",
    "VAE": "keras_genzoo.models.autoencoder.vae",
    "WGANGP": "keras_genzoo.models.gan.wgan_gp",
    "GenerativeModel": "keras_genzoo.engine",
    "PixelCNN": "keras_genzoo.models.autoregressive.pixel_cnn",
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

__all__ = [
    "DCGAN",
    "MODELS",
    "NICE",
    "VAE",
    "WGANGP",
    "GenerativeModel",
    "PixelCNN",
    "callbacks",
    "data",
    "evaluation",
    "from_preset",
    "latents",
    "losses",
    "metrics",
    "plotting",
    "presets",
]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOME[name]
    if home is None:
        return importlib.import_module(f"{__name__}.{name}")
    value = globals()[name] = getattr(importlib.import_module(home), name)
    return value


def __dir__():
    return sorted({*_HOME, *(name for name in globals() if name.startswith("__"))})


def _is_command() -> bool:
    """Whether this process is the command line: `keras-genzoo` or `python -m keras_genzoo.cli`."""
    as_module = "keras_genzoo.cli" in sys.orig_argv[1:]
    return as_module or Path(sys.argv[0]).name == "keras-genzoo"


# All is imported at once, since Keras finds a saved model's class only where that is imported. Not
# so for the command line, which answers `--help` before Keras could be loaded, and asks TensorFlow
# to be quiet first: there, each name is imported when it is first used.
if not _is_command():
    for _name in _HOME:
        __getattr__(_name)
