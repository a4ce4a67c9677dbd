"""Layers that Keras lacks."""

from keras_genzoo.layers.additive_coupling import AdditiveCoupling
from keras_genzoo.layers.masked_convolution import MaskedConv2D

__all__ = ["AdditiveCoupling", "MaskedConv2D"]
