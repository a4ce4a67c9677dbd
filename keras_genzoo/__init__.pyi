"""Written by `python -m keras_genzoo.models`."""

from keras_genzoo import callbacks, data, evaluation, latents, losses, metrics, plotting
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.models.autoencoder.vae import VAE
from keras_genzoo.models.autoregressive.pixel_cnn import PixelCNN
from keras_genzoo.models.flow.nice import NICE
from keras_genzoo.models.gan.biggan import BigGAN
from keras_genzoo.models.gan.cgan import CGAN
from keras_genzoo.models.gan.dcgan import DCGAN
from keras_genzoo.models.gan.gan import GAN
from keras_genzoo.models.gan.infogan import InfoGAN
from keras_genzoo.models.gan.sagan import SAGAN
from keras_genzoo.models.gan.sngan import SNGAN
from keras_genzoo.models.gan.veegan import VEEGAN
from keras_genzoo.models.gan.wgan import WGAN
from keras_genzoo.models.gan.wgan_gp import WGANGP
from keras_genzoo.registry import MODELS, from_preset, presets

__version__: str
__all__ = [
    "BigGAN",
    "CGAN",
    "DCGAN",
    "GAN",
    "GenerativeModel",
    "InfoGAN",
    "MODELS",
    "NICE",
    "PixelCNN",
    "SAGAN",
    "SNGAN",
    "VAE",
    "VEEGAN",
    "WGAN",
    "WGANGP",
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
