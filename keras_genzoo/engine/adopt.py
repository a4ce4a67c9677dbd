"""Networks that a model is given: checked, and built."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

import keras
import numpy as np
from keras import layers, ops


@dataclass(frozen=True)
class Outputs:
    """What a network must be able to put out, to judge its last activation by.

    Args:
        what: The values, in words.
        low, high: The range that it must reach.
        remedy: How to end the network.
    """

    what: str
    low: float
    high: float
    remedy: str


SIGNED_PIXELS = Outputs("outputs in [-1, 1]", -1.0, 1.0, "End it with tanh")
LOGITS = Outputs("logits, which are any real numbers", -5.0, 5.0, "End it without an activation")
MEAN_AND_LOG_VAR = replace(LOGITS, what="mean and log_var, which are any real numbers")
TOLERANCE = 0.01  # softsign only comes near to 1

# Layers that pass on the values that they are given.
PASSING = (layers.Flatten, layers.Reshape, layers.Permute, layers.Identity)
# Layers that are an activation.
ACTIVATIONS = (layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Softmax)


def adopt(
    network: keras.Layer,
    role: str,
    inputs: tuple | Mapping[str, tuple],
    output_shape: tuple | list[tuple],
    outputs: Outputs | None = None,
) -> keras.Layer:
    """The network, built, once its shapes (without the batch axis) fit its role.

    Args:
        network: A Keras model or layer.
        role: What it is called.
        inputs: The shape of its input; or of several, by their names, in the order of a list.
        output_shape: Of its output; or a list of those of several.
        outputs: What it must be able to put out, all of them: warns where the last activation
            cannot reach it.

    Raises:
        ValueError: What is no network, or one of other shapes.
    """
    if not isinstance(network, keras.Layer):
        raise ValueError(f"Expected {role}, a Keras model or layer; got {network!r}.")
    named = inputs if isinstance(inputs, Mapping) else {"": inputs}
    shapes = [(None, *shape) for shape in named.values()]
    taken = _several([f"{name} {_batch(shape)}".strip() for name, shape in named.items()])
    if len(shapes) == 1:
        taken = _batch(shapes[0][1:])  # its name would tell nothing
    try:
        _check_inputs(network, len(shapes))
        shape: tuple | list = shapes if len(shapes) > 1 else shapes[0]
        if not network.built:
            network.build(shape)
        output = network.compute_output_shape(shape)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"Expected a {role} that takes {taken}; this one does not: {error}"
        ) from error
    wanted = [tuple(s) for s in output_shape] if isinstance(output_shape, list) else [output_shape]
    given = [tuple(s) for s in output] if _is_list(output) else [tuple(output)]
    if [shape[1:] for shape in given] != wanted:
        raise ValueError(
            f"Expected a {role} that maps {taken} to {_several(list(map(_batch, wanted)))}; this "
            f"one gives {_several(list(map(str, given)))}."
        )
    if outputs is not None:
        for part in _parts(network, len(given)):
            _check_outputs(part, role, outputs)
    return network


def _is_list(shape) -> bool:
    """Whether these are the shapes of several outputs."""
    return len(shape) > 0 and isinstance(shape[0], tuple | list)


def _parts(network, number: int) -> list:
    """A network for each of the outputs; none where they cannot be told apart."""
    if number == 1:
        return [network]
    ends = getattr(network, "outputs", None) or []
    return [keras.Model(network.inputs, end) for end in ends]


def _check_inputs(network, expected: int) -> None:
    inputs = getattr(network, "inputs", None)  # of a functional or a built sequential model
    if inputs is not None and len(inputs) != expected:
        raise ValueError(f"it has {len(inputs)} inputs instead of {expected}.")


def _check_outputs(network, role: str, outputs: Outputs) -> None:
    layer = last_layer(network)
    activation = layer if isinstance(layer, ACTIVATIONS) else getattr(layer, "activation", None)
    if layer is None or activation is None:
        return
    # Its range is looked at, since no list of activations would be complete.
    line = ops.convert_to_tensor(np.linspace(-1e3, 1e3, 2001, dtype="float32")[None])
    values = ops.convert_to_numpy(activation(line))
    low, high = float(values.min()), float(values.max())
    if low <= outputs.low + TOLERANCE and high >= outputs.high - TOLERANCE:
        return
    name = getattr(activation, "__name__", type(activation).__name__)
    consequence = f"whose values are in [{low:.3g}, {high:.3g}]"
    if outputs is SIGNED_PIXELS and low > -1.0 + TOLERANCE:
        consequence = f"so no pixel can be darker than {round((low + 1.0) * 127.5)}"
    warnings.warn(
        f"Expected a {role} with {outputs.what}; its last layer {layer.name!r} ends in {name}, "
        f"{consequence}. {outputs.remedy}.",
        UserWarning,
        stacklevel=4,
    )


def last_layer(network: keras.Layer) -> keras.Layer | None:
    """The layer that decides the range of a network's values; None where that cannot be told."""
    if not isinstance(network, keras.Model):
        return network
    if getattr(network, "outputs", None) is None:
        return None  # Subclassed: its `call` says what comes last.
    # A functional network has operations of `keras.ops` among its layers, a sequential one not.
    for layer in reversed(getattr(network, "operations", network.layers)):
        linear = getattr(layer, "activation", None) is keras.activations.linear
        if not (isinstance(layer, PASSING) or isinstance(layer, layers.Activation) and linear):
            return last_layer(layer)
    return None


def _batch(shape) -> str:
    """Of a batch: "(batch, 8, 8, 1)", or "(batch,)"."""
    return f"(batch, {', '.join(map(str, shape))})" if shape else "(batch,)"


def _several(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"[{', '.join(words)}]"
