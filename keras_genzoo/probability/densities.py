"""Log-densities and divergences, in nats, in float32, summed over all axes but the first."""

import math

from keras import ops

from keras_genzoo.support.types import Tensor


def sum_per_example(values: Tensor) -> Tensor:
    """(batch, ...) -> (batch,)."""
    values = ops.cast(values, "float32")
    axes = tuple(range(1, len(values.shape)))
    return ops.sum(values, axis=axes) if axes else values


def bernoulli_log_prob(x: Tensor, logits: Tensor) -> Tensor:
    """log of the Bernoulli mass of binary `x` in {0, 1}; both (batch, ...)."""
    # Flat, since XLA makes no vector instructions of a loop over one channel.
    flat = [ops.reshape(ops.cast(v, "float32"), (-1, math.prod(v.shape[1:]))) for v in (x, logits)]
    return -ops.sum(ops.binary_crossentropy(*flat, from_logits=True), axis=-1)


def categorical_log_prob(x: Tensor, logits: Tensor) -> Tensor:
    """log of the mass of integers `x` (batch, ...) under logits (batch, ..., classes)."""
    logits = ops.cast(logits, "float32")
    nats = ops.sparse_categorical_crossentropy(ops.cast(x, "int32"), logits, from_logits=True)
    return -sum_per_example(nats)


def normal_log_prob(x: Tensor, mean: Tensor | float = 0.0, log_var: Tensor | float = 0.0) -> Tensor:
    """log-density of a diagonal Gaussian at `x`."""
    x = ops.cast(x, "float32")
    mean, log_var = ops.cast(mean, "float32"), ops.cast(log_var, "float32")
    return -0.5 * sum_per_example(
        math.log(2 * math.pi) + log_var + ops.square(x - mean) * ops.exp(-log_var)
    )


def logistic_log_prob(x: Tensor) -> Tensor:
    """log-density of independent standard logistics, -x - 2 log(1 + exp(-x)), at `x`."""
    x = ops.cast(x, "float32")
    return -sum_per_example(ops.softplus(x) + ops.softplus(-x))


def kl_from_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL( N(mean, exp(log_var)) || N(0, 1) ) of diagonal Gaussians, (batch,)."""
    mean, log_var = ops.cast(mean, "float32"), ops.cast(log_var, "float32")
    return 0.5 * sum_per_example(ops.square(mean) + ops.exp(log_var) - 1.0 - log_var)
