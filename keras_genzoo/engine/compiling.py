"""What `compile` decides: an optimizer for each network, and whether XLA compiles the step."""

import warnings

import keras

from keras_genzoo.engine import gradients
from keras_genzoo.engine.optimizer import PerNetworkOptimizer

CONVOLUTIONS = (
    keras.layers.Conv2D,
    keras.layers.Conv2DTranspose,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)

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
        chosen = {name: keras.optimizers.get(optimizer[name]) for name in names}
    else:
        first = keras.optimizers.get(optimizer)
        # Copies: an optimizer's moments belong to one network's weights.
        copies = [type(first).from_config(first.get_config()) for _ in names[1:]]
        chosen = dict(zip(names, [first, *copies], strict=True))
    if model.dtype_policy.name == "mixed_float16":
        wrap = keras.optimizers.LossScaleOptimizer
        chosen = {k: o if isinstance(o, wrap) else wrap(o) for k, o in chosen.items()}
    return PerNetworkOptimizer(chosen)


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
        if not (backend == "jax" or gradients.has_accelerator() or not convolves(model)):
            return False
    if gradients.replicas() > 1:
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
    """Whether the model has convolutions, which run slower with XLA on a CPU."""
    return any(isinstance(layer, CONVOLUTIONS) for layer in model._flatten_layers())


def _say_once(message: str) -> None:
    if message not in _said:
        _said.add(message)
        warnings.warn(message, UserWarning, stacklevel=4)
