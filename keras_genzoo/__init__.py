"""keras_genzoo: the Keras 3 zoo of generative models."""

from keras_genzoo import callbacks, data, losses
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.models.autoencoder.vae import VAE
from keras_genzoo.models.autoregressive.pixel_cnn import PixelCNN
from keras_genzoo.models.flow.nice import NICE
from keras_genzoo.models.gan.dcgan import DCGAN
from keras_genzoo.models.gan.wgan_gp import WGANGP
from keras_genzoo.registry import MODELS as models
from keras_genzoo.registry import from_preset, presets

__version__ = "0.1.0"

__all__ = [
    "DCGAN",
    "NICE",
    "VAE",
    "WGANGP",
    "GenerativeModel",
    "PixelCNN",
    "callbacks",
    "data",
    "from_preset",
    "losses",
    "models",
    "presets",
]
