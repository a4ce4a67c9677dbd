"""Fully connected networks."""

import math
from collections.abc import Iterable

import keras
from keras import layers


def build_mlp(
    input_shape: tuple[int, ...],
    hidden_units: Iterable[int],
    output_shape: tuple[int, ...],
    activation: str = "relu",
    name: str | None = None,
) -> keras.Model:
    """Flatten -> hidden layers with an activation -> a linear one, in float32 -> reshape.

    Args:
        input_shape: Of one example.
        hidden_units: Units of each hidden layer.
        output_shape: Of one output.
        activation: Of the hidden layers.
        name: Of the network.
    """
    x = h = keras.Input(input_shape)
    if len(input_shape) > 1:
        h = layers.Flatten()(h)
    for units in hidden_units:
        h = layers.Dense(units, activation=activation)(h)
    h = layers.Dense(math.prod(output_shape), dtype="float32")(h)
    if len(output_shape) > 1:
        h = layers.Reshape(output_shape, dtype="float32")(h)
    return keras.Model(x, h, name=name)
