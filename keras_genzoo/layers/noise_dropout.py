"""Dropout whose masks are an input, so that what it drops is part of what a sample is made of."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_genzoo")
class NoiseDropout(keras.layers.Layer):
    """Drops the units whose noise is below `rate`: [h, u] -> 0 where u < rate, else h / (1 - rate).

    Keras's Dropout draws in training alone, numbers of its own. Here they come from outside, so a
    generator drops in sampling, too, and the same inputs give the same sample, on every backend.
    Where u is below 0 nothing is dropped nor scaled: the layer passes h on, which is what it gives
    on average.

    Shapes: h (batch, ...); u float32 (batch, units), uniform in [0, 1), of which this layer takes
    as many as h has, from `first` on.

    Args:
        rate: The share of units to drop, in 0..1.
        first: The first of the numbers in u that are this layer's; other layers take the others.
        **kwargs: Those of any Keras layer.
    """

    def __init__(self, rate: float, first: int = 0, **kwargs):
        super().__init__(autocast=False, **kwargs)  # u is compared in float32
        self.rate, self.first = rate, first

    def build(self, input_shape):
        self.units = math.prod(input_shape[0][1:])

    def call(self, inputs):
        h, u = inputs
        u = ops.reshape(u[:, self.first : self.first + self.units], ops.shape(h))
        dropped = ops.where(u < self.rate, ops.zeros_like(h), h / (1.0 - self.rate))
        return ops.where(u < 0.0, h, dropped)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "first": self.first}
