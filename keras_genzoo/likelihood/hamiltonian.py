"""Hamiltonian Monte Carlo: Neal (2011), MCMC Using Hamiltonian Dynamics, arXiv:1206.1901."""

from collections.abc import Callable

from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.support.types import Tensor


def hamiltonian_step(
    log_density: Callable[[Tensor], Tensor],
    z: Tensor,
    step_size: Tensor,
    leapfrog_steps: int,
    seed: SeedGenerator,
) -> tuple[Tensor, Tensor]:
    """One transition of each chain, which leaves exp(log_density) as it is; traceable.

    A momentum p ~ N(0, 1) is drawn, `leapfrog_steps` steps of the dynamics of the energy
    |p|^2 / 2 - log_density(z) are made, and the end is accepted with probability
    min(1, exp(energy at the start - energy at the end)).

    Args:
        log_density: (chains, d) -> (chains,) nats, up to a constant; differentiable.
        z: Where the chains are, (chains, d).
        step_size: Of each chain, (chains,).
        leapfrog_steps: Gradients that a transition takes.
        seed: A `keras.random.SeedGenerator`.

    Returns:
        The next z, and the probability of acceptance (chains,). An end whose energy is not a
        number is never accepted.
    """
    momentum = backends.normal(ops.shape(z), seed)
    size = step_size[:, None]

    # Half of the move, the kick, the other half: one gradient for each step, none to spare.
    def leapfrog(_, state):
        z, p = state
        z = z + 0.5 * size * p
        p = p + size * backends.input_gradient(log_density, z)
        return z + 0.5 * size * p, p

    end, p = ops.fori_loop(0, leapfrog_steps, leapfrog, (z, momentum))
    log_ratio = log_density(end) - log_density(z) + 0.5 * ops.sum(momentum**2 - p**2, axis=-1)
    acceptance = ops.where(ops.isfinite(log_ratio), ops.exp(ops.minimum(log_ratio, 0.0)), 0.0)
    accepted = backends.uniform(ops.shape(acceptance), seed) < acceptance
    return ops.where(accepted[:, None], end, z), acceptance
