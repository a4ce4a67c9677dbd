"""Checks of what a model is made of."""

import keras
import numpy as np


def positive_integer(name: str, value) -> int:
    """`value`, if it is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"Expected {name}, a positive integer; got {value!r}.")
    return int(value)


def adopt(network, role: str, input_shape: tuple, output_shape: tuple) -> keras.Layer:
    """The network, built, once its shapes (without the batch axis) fit its role."""
    if not isinstance(network, keras.Layer):
        raise ValueError(f"Expected {role}, a Keras model or layer; got {network!r}.")
    try:
        if not network.built:
            network.build((None, *input_shape))
        output = tuple(network.compute_output_shape((None, *input_shape)))
    except ValueError as error:
        raise ValueError(
            f"Expected a {role} that takes (batch, {_list(input_shape)}); this one does not: "
            f"{error}"
        ) from error
    if output[1:] != tuple(output_shape):
        raise ValueError(
            f"Expected a {role} that maps (batch, {_list(input_shape)}) to "
            f"(batch, {_list(output_shape)}); this one gives {output}."
        )
    return network


def _list(shape) -> str:
    return ", ".join(map(str, shape))
