"""Fully connected networks."""

import math
from collections.abc import Iterable

import keras
from keras import layers, ops

from keras_genzoo.layers import NoiseDropout
from keras_genzoo.support.types import Tensor


def one_hot(labels: Tensor, num_classes: int) -> Tensor:
    """Labels (batch,) as vectors (batch, num_classes) of the layers' precision."""
    return ops.one_hot(labels, num_classes, dtype=keras.config.dtype_policy().compute_dtype)


def maxout(h: Tensor, units: int, pieces: int) -> Tensor:
    """The largest of `pieces` linear maps, for each unit: Goodfellow et al. (2013)."""
    h = layers.Reshape((units, pieces))(layers.Dense(units * pieces)(h))
    return ops.max(h, axis=-1)


def build_mlp(
    input_shape: tuple[int, ...],
    hidden_units: Iterable[int],
    output_shape: tuple[int, ...],
    activation: str = "relu",
    name: str | None = None,
    *,
    output_activation: str | None = None,
    noise_dropout: float = 0.0,
    batch_norm: bool = False,
) -> keras.Model:
    """Flatten -> hidden layers with an activation -> a linear one, in float32 -> reshape.

    Args:
        input_shape: Of one example.
        hidden_units: Units of each hidden layer.
        output_shape: Of one output.
        activation: Of the hidden layers.
        name: Of the network.
        output_activation: Of the last layer.
        noise_dropout: The share of hidden units to drop, by numbers that the network then takes as
            its second input, (batch, all hidden units), uniform: see `layers.NoiseDropout`.
        batch_norm: Before the activations of the hidden layers.
    """
    hidden_units = list(hidden_units)
    inputs = [keras.Input(input_shape)]
    h = inputs[0]
    if noise_dropout:
        inputs.append(keras.Input((sum(hidden_units),), dtype="float32", name="dropout"))
    if len(input_shape) > 1:
        h = layers.Flatten()(h)
    for i, units in enumerate(hidden_units):
        if batch_norm:
            h = layers.BatchNormalization(momentum=0.9)(layers.Dense(units, use_bias=False)(h))
            h = layers.Activation(activation)(h)
        else:
            h = layers.Dense(units, activation=activation)(h)
        if noise_dropout:
            h = NoiseDropout(noise_dropout, first=sum(hidden_units[:i]))([h, inputs[1]])
    h = layers.Dense(math.prod(output_shape), activation=output_activation, dtype="float32")(h)
    if len(output_shape) > 1:
        h = layers.Reshape(output_shape, dtype="float32")(h)
    return keras.Model(inputs if noise_dropout else inputs[0], h, name=name)
