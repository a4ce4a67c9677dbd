"""Adversarial losses: from logits (batch,) or (batch, 1) to a loss per example (batch,)."""

import keras
from keras import ops

from keras_genzoo.support.types import Tensor


def _per_example(logits):
    return ops.reshape(ops.cast(logits, "float32"), (-1,))


@keras.saving.register_keras_serializable("keras_genzoo")
def minimax_discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), with D = sigmoid(logits): Goodfellow et al. (2014)."""
    real = ops.softplus(-_per_example(real_logits))
    fake = ops.softplus(_per_example(fake_logits))
    return real + fake


@keras.saving.register_keras_serializable("keras_genzoo")
def minimax_generator_loss(fake_logits: Tensor) -> Tensor:
    """log(1 - D(G(z))): what the generator minimizes in the game; flat where D wins."""
    return -ops.softplus(_per_example(fake_logits))


@keras.saving.register_keras_serializable("keras_genzoo")
def non_saturating_generator_loss(fake_logits: Tensor) -> Tensor:
    """-log D(G(z)): the same fixed point, with gradients where D wins."""
    return ops.softplus(-_per_example(fake_logits))


@keras.saving.register_keras_serializable("keras_genzoo")
def wasserstein_critic_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """f(G(z)) - f(x), whose minimum over 1-Lipschitz f is -W_1: Arjovsky et al. (2017)."""
    return _per_example(fake_logits) - _per_example(real_logits)


@keras.saving.register_keras_serializable("keras_genzoo")
def wasserstein_generator_loss(fake_logits: Tensor) -> Tensor:
    """-f(G(z))."""
    return -_per_example(fake_logits)
