"""Pixels in 0..255, and the numbers that networks and densities work on."""

import math

from keras import ops

from keras_genzoo.engine.noise import draw

# Nats per dimension between a density on [0, 1] and the mass of one of 256 pixel values.
NATS_PER_PIXEL_BIN = math.log(256.0)


def to_signed_unit(pixels):
    """0..255 -> [-1, 1], float32."""
    return ops.cast(pixels, "float32") / 127.5 - 1.0


def from_signed_unit(y):
    """[-1, 1] -> 0..255, float32, not rounded: the inverse of `to_signed_unit`."""
    return (ops.cast(y, "float32") + 1.0) * 127.5


def to_uint8(pixels):
    """Real-valued pixels -> uint8, rounded and clipped to 0..255."""
    return ops.cast(ops.clip(ops.round(pixels), 0.0, 255.0), "uint8")


def dequantize(pixels, seed):
    """0..255 -> (x + u) / 256 in [0, 1) with u uniform in [0, 1): Uria et al. (2013).

    The mean log-density of the result, minus D ln 256, bounds the pixels' log-mass from below.
    """
    u = draw("uniform", ops.shape(pixels), seed)
    return (ops.cast(pixels, "float32") + u) / 256.0


def quantize(y):
    """[0, 1) -> uint8 0..255, the inverse of `dequantize`; what lies outside is clipped."""
    return ops.cast(ops.clip(ops.floor(y * 256.0), 0.0, 255.0), "uint8")


def binarize(pixels, seed):
    """0..255 -> {0, 1}, float32: 1 with probability pixel / 255, drawn anew each time.

    Black and white stay as they are, so an image that is binary already is not changed.
    """
    u = draw("uniform", ops.shape(pixels), seed)
    return ops.cast(u < ops.cast(pixels, "float32") / 255.0, "float32")
