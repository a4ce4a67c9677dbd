"""Adversarial losses: from logits (batch, ...) to a loss per example (batch,), in float32.

A judge gives one logit for each example, (batch,) or (batch, 1), or one for each of its patches,
(batch, height, width, 1): the loss is taken of each, and averaged over those of an example.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import ops

from keras_genzoo.support.names import known
from keras_genzoo.support.types import Tensor


def _logits(logits):
    return ops.cast(logits, "float32")


def _per_example(values):
    """(batch, ...) to (batch,): patches are averaged, and examples kept apart."""
    axes = tuple(range(1, len(values.shape)))
    return ops.mean(values, axis=axes) if axes else values


def _like(targets, logits):
    """Targets, a number or (batch,), in a shape that goes with logits (batch, ...)."""
    if isinstance(targets, int | float):
        return float(targets)
    targets = ops.cast(targets, "float32")
    return ops.reshape(targets, (-1,) + (1,) * (len(logits.shape) - 1))


def _cross_entropy(logits, targets):
    """-t log D - (1 - t) log(1 - D), with D = sigmoid(logits) and targets t in 0..1."""
    logits = _logits(logits)
    targets = _like(targets, logits)
    entropy = targets * ops.softplus(-logits) + (1.0 - targets) * ops.softplus(logits)
    return _per_example(entropy)


def _half_square(logits, targets):
    logits = _logits(logits)
    return _per_example(0.5 * ops.square(logits - _like(targets, logits)))


@keras.saving.register_keras_serializable("keras_genzoo")
def minimax_discriminator_loss(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_targets: float | Tensor = 1.0,
    fake_targets: float | Tensor = 0.0,
) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), with D = sigmoid(logits): Goodfellow et al. (2014).

    Targets, numbers or (batch,), soften the two: with t it is -t log D - (1 - t) log(1 - D).
    """
    return _cross_entropy(real_logits, real_targets) + _cross_entropy(fake_logits, fake_targets)


@keras.saving.register_keras_serializable("keras_genzoo")
def minimax_generator_loss(fake_logits: Tensor) -> Tensor:
    """log(1 - D(G(z))): what the generator minimizes in the game; flat where D wins."""
    return -_per_example(ops.softplus(_logits(fake_logits)))


@keras.saving.register_keras_serializable("keras_genzoo")
def non_saturating_generator_loss(fake_logits: Tensor) -> Tensor:
    """-log D(G(z)): the same fixed point, with gradients where D wins."""
    return _per_example(ops.softplus(-_logits(fake_logits)))


@keras.saving.register_keras_serializable("keras_genzoo")
def least_squares_discriminator_loss(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_targets: float | Tensor = 1.0,
    fake_targets: float | Tensor = 0.0,
) -> Tensor:
    """(f(x) - 1)^2 / 2 + f(G(z))^2 / 2: Mao et al. (2016), arXiv:1611.04076, in its 0-1 coding.

    Targets, numbers or (batch,), take the places of 1 and 0.
    """
    return _half_square(real_logits, real_targets) + _half_square(fake_logits, fake_targets)


@keras.saving.register_keras_serializable("keras_genzoo")
def least_squares_generator_loss(fake_logits: Tensor) -> Tensor:
    """(f(G(z)) - 1)^2 / 2: fakes are pulled to the decision boundary from either side."""
    return _half_square(fake_logits, 1.0)


@keras.saving.register_keras_serializable("keras_genzoo")
def hinge_discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """max(0, 1 - f(x)) + max(0, 1 + f(G(z))): Lim and Ye (2017), arXiv:1705.02894; Miyato et al.
    (2018), arXiv:1802.05957. What is right by a margin of one has no say any more.
    """
    real = ops.relu(1.0 - _logits(real_logits))
    return _per_example(real) + _per_example(ops.relu(1.0 + _logits(fake_logits)))


@keras.saving.register_keras_serializable("keras_genzoo")
def hinge_generator_loss(fake_logits: Tensor) -> Tensor:
    """-f(G(z))."""
    return -_per_example(_logits(fake_logits))


@keras.saving.register_keras_serializable("keras_genzoo")
def relativistic_discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log sigmoid(f(x) - f(G(z))): Jolicoeur-Martineau (2018), arXiv:1807.00734.

    Each real example is more real than the fake that it is paired with. This is the standard
    loss of the paper, RSGAN, which is one of each pair. Its relativistic average, RaSGAN, compares
    with the mean of the batch, so a loss of a batch would not be the mean of its parts'.
    """
    return _per_example(ops.softplus(_logits(fake_logits) - _logits(real_logits)))


@keras.saving.register_keras_serializable("keras_genzoo")
def relativistic_generator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log sigmoid(f(G(z)) - f(x)): each fake is more real than its real example."""
    return _per_example(ops.softplus(_logits(real_logits) - _logits(fake_logits)))


@keras.saving.register_keras_serializable("keras_genzoo")
def wasserstein_critic_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """f(G(z)) - f(x), whose minimum over 1-Lipschitz f is -W_1: Arjovsky et al. (2017)."""
    return _per_example(_logits(fake_logits)) - _per_example(_logits(real_logits))


@keras.saving.register_keras_serializable("keras_genzoo")
def wasserstein_generator_loss(fake_logits: Tensor) -> Tensor:
    """-f(G(z))."""
    return -_per_example(_logits(fake_logits))


@dataclass(frozen=True)
class AdversarialLoss:
    """What the two networks of a game minimize.

    Args:
        discriminator: A function of real and fake logits, (batch, ...) each, to a loss (batch,).
        generator: A function of the fake logits, or of real and fake logits.
    """

    discriminator: Callable[..., Tensor]
    generator: Callable[..., Tensor]

    @property
    def has_targets(self) -> bool:
        """Whether `discriminator` takes `real_targets` and `fake_targets`, numbers or (batch,)."""
        return {"real_targets", "fake_targets"} <= set(
            inspect.signature(self.discriminator).parameters
        )

    @property
    def compares(self) -> bool:
        """Whether the generator's loss looks at real examples, too."""
        parameters = inspect.signature(self.generator).parameters.values()
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        needed = [p for p in parameters if p.kind in positional and p.default is p.empty]
        return len(needed) > 1


ADVERSARIAL = {
    "minimax": AdversarialLoss(minimax_discriminator_loss, minimax_generator_loss),
    "non_saturating": AdversarialLoss(minimax_discriminator_loss, non_saturating_generator_loss),
    "least_squares": AdversarialLoss(
        least_squares_discriminator_loss, least_squares_generator_loss
    ),
    "hinge": AdversarialLoss(hinge_discriminator_loss, hinge_generator_loss),
    "relativistic": AdversarialLoss(relativistic_discriminator_loss, relativistic_generator_loss),
    # Of a critic whose slopes are held in bounds, by a penalty or by its weights.
    "wasserstein": AdversarialLoss(wasserstein_critic_loss, wasserstein_generator_loss),
}


def named(*names: str) -> dict[str, AdversarialLoss]:
    """Those of `ADVERSARIAL` that a model knows, by name; the first is its paper's.

    Raises:
        ValueError: A name that is not there.
    """
    for name in names:
        known("names of adversarial losses", name, ADVERSARIAL)
    return {name: ADVERSARIAL[name] for name in names}
