"""Penalties on a network's gradient."""

from collections.abc import Callable

from keras import ops

from keras_genzoo.engine import input_gradient
from keras_genzoo.support.types import Tensor


def gradient_penalty(critic: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """(||d critic(x) / dx|| - 1)^2 per example: Gulrajani et al. (2017), arXiv:1704.00028.

    Args:
        critic: Function of a batch to logits (batch, 1); each logit depends on its example alone.
        x: Where the slope is taken, (batch, ...), float32.

    Returns:
        (batch,), in float32; differentiable by the critic's weights.
    """
    slope = ops.cast(input_gradient(critic, x), "float32")
    squares = ops.sum(ops.reshape(ops.square(slope), (ops.shape(x)[0], -1)), axis=-1)
    # The root of exactly zero has no slope of its own.
    return ops.square(ops.sqrt(squares + 1e-12) - 1.0)
