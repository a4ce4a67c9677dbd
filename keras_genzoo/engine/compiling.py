"""What `compile` decides: an optimizer for each network, and whether XLA compiles the step."""

import warnings
from collections.abc import Hashable
from typing import Any

import keras

from keras_genzoo import backends
from keras_genzoo.engine.optimizer import PerNetworkOptimizer

_said: set[str] = set()


def one_per_network(model, optimizer) -> PerNetworkOptimizer:
    """The optimizers of `GenerativeModel.compile`, with loss scaling where float16 needs it."""
    if isinstance(optimizer, PerNetworkOptimizer):
        return optimizer
    names = list(model.networks())
    if optimizer is None:
        chosen = model.default_optimizers()
    elif isinstance(optimizer, dict):
        if set(optimizer) != set(names):
            raise ValueError(
                f"Expected one optimizer for each of the networks {names}; got them for "
                f"{list(optimizer)}."
            )
        chosen = {name: _optimizer(optimizer[name]) for name in names}
    else:
        first = _optimizer(optimizer)
        # Copies: an optimizer's moments belong to one network's weights.
        copies = [type(first).from_config(first.get_config()) for _ in names[1:]]
        chosen = dict(zip(names, [first, *copies], strict=True))
    if model.dtype_policy.name == "mixed_float16":
        wrap = keras.optimizers.LossScaleOptimizer
        chosen = {k: o if isinstance(o, wrap) else wrap(o) for k, o in chosen.items()}
    return PerNetworkOptimizer(chosen)


def _optimizer(given) -> keras.optimizers.Optimizer:
    try:
        return keras.optimizers.get(given)
    except ValueError:
        raise ValueError(
            'Expected optimizer, a Keras optimizer, the name of one such as "adam", or a dict of '
            f"these by network; got {given!r}."
        ) from None


def use_xla(model, jit_compile, run_eagerly: bool) -> bool:
    """What `jit_compile` means here: see `GenerativeModel.compile`."""
    if jit_compile not in ("auto", True, False):
        raise ValueError(f'Expected jit_compile "auto", True or False; got {jit_compile!r}.')
    if run_eagerly or jit_compile is False:
        return False
    backend = keras.backend.backend()
    if jit_compile == "auto":
        if backend == "torch":
            return False  # torch.compile starts in tens of seconds and rarely gains
        if not (backend == "jax" or backends.has_accelerator() or not convolves(model)):
            return False
    if backends.replicas() > 1:
        _say_once("XLA cannot compile a step of several TensorFlow replicas: training without.")
        return False
    if backend == "torch" and model.uses_input_gradient:
        _say_once(
            f"torch.compile cannot differentiate the gradient penalty of {type(model).__name__} "
            "twice: training eagerly."
        )
        return False
    return True


def convolves(model) -> bool:
    """Whether the model has convolutions, which run slower with XLA on a CPU.

    By the rank of their kernels (height, width, in, out), or one more in three dimensions: layers
    of one's own call `ops.conv`, too.
    """
    return any(len(v.shape) in (4, 5) for v in model.trainable_variables)


class Kept:
    """What was compiled for a model, as long as its networks are the same.

    A compiled function goes on with the networks that it was traced with.

    Args:
        most: How many are kept; the one that was not asked for longest is dropped first.
    """

    def __init__(self, most: int = 32):
        self._most = most
        self._parts: list = []
        self._kept: dict[Hashable, Any] = {}

    def get(self, model, key, make):
        """`make()`, or what it gave for an equal key before."""
        layers = [v for v in vars(model).values() if isinstance(v, keras.Layer)]
        parts = [*layers, *model.variables, *model._flatten_layers(include_self=False)]
        if len(parts) != len(self._parts) or any(
            a is not b for a, b in zip(parts, self._parts, strict=True)
        ):
            self._parts = parts
            self._kept.clear()
        # Taken out and put back as the newest. The dict holds functions themselves, not ids, which
        # Python gives to the next function once one is gone.
        value = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = value
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return value


def _say_once(message: str) -> None:
    if message not in _said:
        _said.add(message)
        warnings.warn(message, UserWarning, stacklevel=4)
