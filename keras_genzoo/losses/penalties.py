"""Penalties on a network's slopes and on its matrices."""

from collections.abc import Callable, Iterable

from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.engine import input_gradient
from keras_genzoo.support.types import Tensor

Judge = Callable[[Tensor], Tensor]


def squared_slope(judge: Judge, x: Tensor) -> Tensor:
    """||d judge(x) / dx||^2 per example, (batch,), in float32.

    Args:
        judge: Function of a batch to logits (batch, ...); each depends on its example alone.
        x: Where the slope is taken, (batch, ...), float32.
    """
    slope = ops.cast(input_gradient(judge, x), "float32")
    return ops.sum(ops.reshape(ops.square(slope), (ops.shape(x)[0], -1)), axis=-1)


def gradient_penalty(critic: Judge, x: Tensor) -> Tensor:
    """(||d critic(x) / dx|| - 1)^2 per example: Gulrajani et al. (2017), arXiv:1704.00028.

    Args:
        critic: Function of a batch to logits (batch, 1); each logit depends on its example alone.
        x: Where the slope is taken, (batch, ...), float32.

    Returns:
        (batch,), in float32; differentiable by the critic's weights.
    """
    # The root of exactly zero has no slope of its own.
    return ops.square(ops.sqrt(squared_slope(critic, x) + 1e-12) - 1.0)


def wgan_gp(judge: Judge, real: Tensor, fake: Tensor, seed: SeedGenerator) -> Tensor:
    """`gradient_penalty` at points drawn on the lines between real examples and fakes, (batch,)."""
    mix = backends.uniform((ops.shape(real)[0],) + (1,) * (len(real.shape) - 1), seed)
    return gradient_penalty(judge, mix * real + (1.0 - mix) * fake)


def dragan(judge: Judge, real: Tensor, fake: Tensor, seed: SeedGenerator) -> Tensor:
    """`gradient_penalty` around real examples, (batch,): Kodali et al. (2017), arXiv:1705.07215.

    As the authors' code has it, at points drawn on the lines from real examples to the same with
    uniform noise from 0 to half the batch's standard deviation.
    """
    del fake
    spread = 0.5 * ops.std(real)
    far = backends.uniform(tuple(ops.shape(real)), seed)
    mix = backends.uniform((ops.shape(real)[0],) + (1,) * (len(real.shape) - 1), seed)
    return gradient_penalty(judge, real + mix * spread * far)


def r1(judge: Judge, real: Tensor, fake: Tensor, seed: SeedGenerator) -> Tensor:
    """||d judge / dx||^2 / 2 at real examples, (batch,): Mescheder et al. (2018),
    arXiv:1801.04406; its weight is their gamma.
    """
    del fake, seed
    return 0.5 * squared_slope(judge, real)


def r2(judge: Judge, real: Tensor, fake: Tensor, seed: SeedGenerator) -> Tensor:
    """||d judge / dx||^2 / 2 at fakes, (batch,): Mescheder et al. (2018), arXiv:1801.04406."""
    del real, seed
    return 0.5 * squared_slope(judge, fake)


def orthogonal(kernels: Iterable[Tensor]) -> Tensor:
    """The sum of ||W^T W * (1 - I)||^2 over kernels (..., units), each as a matrix of all but its
    last axis by its last: Brock et al. (2018), arXiv:1809.11096.

    It is 0 where the columns of each are orthogonal, of whatever length. A scalar, float32.
    """
    total = ops.zeros(())
    for kernel in kernels:
        w = ops.reshape(ops.cast(kernel, "float32"), (-1, kernel.shape[-1]))
        gram = ops.matmul(ops.transpose(w), w)
        total = total + ops.sum(ops.square(gram * (1.0 - ops.eye(kernel.shape[-1]))))
    return total


# Those of a judge, by the names that `compile` takes.
OF_JUDGES = {"wgan_gp": wgan_gp, "dragan": dragan, "r1": r1, "r2": r2}
