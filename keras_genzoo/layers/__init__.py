"""Layers that Keras lacks."""

from keras_genzoo.layers.additive_coupling import AdditiveCoupling
from keras_genzoo.layers.diff_augment import DiffAugment
from keras_genzoo.layers.masked_convolution import MaskedConv2D
from keras_genzoo.layers.noise_dropout import NoiseDropout
from keras_genzoo.layers.scaling import Scaling

__all__ = ["AdditiveCoupling", "DiffAugment", "MaskedConv2D", "NoiseDropout", "Scaling"]
