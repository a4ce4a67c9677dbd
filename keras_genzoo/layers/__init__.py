"""Layers that Keras lacks."""

from keras_genzoo.layers.additive_coupling import AdditiveCoupling
from keras_genzoo.layers.conditional import ConditionalBatchNorm, Projection
from keras_genzoo.layers.diff_augment import DiffAugment
from keras_genzoo.layers.masked_convolution import MaskedConv2D
from keras_genzoo.layers.noise_dropout import NoiseDropout
from keras_genzoo.layers.normalized_weights import SpectralNorm, WeightNorm
from keras_genzoo.layers.scaling import Scaling
from keras_genzoo.layers.self_attention import SelfAttention

__all__ = [
    "AdditiveCoupling",
    "ConditionalBatchNorm",
    "DiffAugment",
    "MaskedConv2D",
    "NoiseDropout",
    "Projection",
    "Scaling",
    "SelfAttention",
    "SpectralNorm",
    "WeightNorm",
]
