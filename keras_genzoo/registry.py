"""The names of all models and presets: name -> class."""

import difflib

from keras_genzoo import saving
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.models.autoencoder.vae import VAE
from keras_genzoo.models.autoregressive.pixel_cnn import PixelCNN
from keras_genzoo.models.flow.nice import NICE
from keras_genzoo.models.gan.dcgan import DCGAN
from keras_genzoo.models.gan.wgan_gp import WGANGP

MODELS: dict[str, type[GenerativeModel]] = {
    "dcgan": DCGAN,
    "wgan_gp": WGANGP,
    "vae": VAE,
    "nice": NICE,
    "pixel_cnn": PixelCNN,
}


def model_class(name: str) -> type[GenerativeModel]:
    """The class of a model's name, written as in `MODELS` or as the class is.

    Raises:
        ValueError: An unknown name; the message has the nearest ones.
    """
    for key, cls in MODELS.items():
        if name in (key, cls.__name__):
            return cls
    near = difflib.get_close_matches(name.lower(), MODELS) or list(MODELS)
    raise ValueError(f"No model {name!r}. Nearest: {', '.join(near)}.")


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
