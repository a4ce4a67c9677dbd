"""Losses, penalties and divergences: pure functions of logits and tensors, per example."""

from keras_genzoo.losses.adversarial import (
    ADVERSARIAL,
    AdversarialLoss,
    hinge_discriminator_loss,
    hinge_generator_loss,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
    minimax_discriminator_loss,
    minimax_generator_loss,
    named,
    non_saturating_generator_loss,
    relativistic_discriminator_loss,
    relativistic_generator_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)
from keras_genzoo.losses.penalties import gradient_penalty
from keras_genzoo.probability.densities import (
    bernoulli_log_prob,
    categorical_log_prob,
    kl_from_standard_normal,
    logistic_log_prob,
    normal_log_prob,
)

__all__ = [
    "ADVERSARIAL",
    "AdversarialLoss",
    "bernoulli_log_prob",
    "categorical_log_prob",
    "gradient_penalty",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "kl_from_standard_normal",
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "logistic_log_prob",
    "minimax_discriminator_loss",
    "minimax_generator_loss",
    "named",
    "non_saturating_generator_loss",
    "normal_log_prob",
    "relativistic_discriminator_loss",
    "relativistic_generator_loss",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
]
