"""The base of autoencoders that are latent-variable models: a code z for each x."""

import functools
from collections.abc import Callable

import numpy as np
from keras import ops

from keras_genzoo.engine import DataSpec, Noise
from keras_genzoo.likelihood.importance import elbo, iwae
from keras_genzoo.models.latent import Interpolating
from keras_genzoo.models.maximum_likelihood import MaximumLikelihood
from keras_genzoo.probability.observations import Observation
from keras_genzoo.probability.priors import Normal
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.types import Tensor


class LatentVariable(Interpolating, MaximumLikelihood):
    """z ~ N(0, 1), x ~ p(x | z), and an encoder q(z | x) = N(mean(x), exp(log_var(x))).

    A model defines its `objective`, a bound of log p(x), and has networks `encoder`, from
    observed x to mean and log_var (batch, 2 latent_dim), and `decoder`, from z to the parameters
    of its `observation`.

    Args:
        spec: Shape of one example.
        observation: p(x | z).
        latent_dim: Dimensions of z.
        **kwargs: Those of any Keras model.
    """

    family = "autoencoder"
    prior = Normal()
    observation: Observation

    def __init__(self, spec: DataSpec, observation: Observation, latent_dim: int, **kwargs):
        super().__init__(spec, **kwargs)
        self.observation, self.scale = observation, observation.scale
        self.latent_dim = latent_dim

    def posterior(self, y: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """mean and log_var of q(z | y), (batch, latent_dim) each, of observed y (batch, *shape)."""
        output = ops.cast(self.encoder(y, training=training), "float32")
        mean, log_var = ops.split(output, 2, axis=-1)
        return mean, log_var

    def decoded(self, z: Tensor, training: bool = False) -> Tensor:
        return ops.cast(self.decoder(z, training=training), "float32")

    # ------------------------------------------------------------------ codes and samples

    def inputs(self) -> dict[str, Noise]:
        return {"z": Noise(self.prior, (self.latent_dim,))}

    def generate(self, z: Tensor) -> Tensor:
        """Means of p(x | z): grey values where the likelihood is binary."""
        return self.scale.examples(self.observation.mean(self.decoded(z)))

    def code(self, x: Tensor) -> Tensor:
        """Means of q(z | x)."""
        return self.posterior(self.scale.numbers(x))[0]

    def reconstruction(self, x: Tensor) -> Tensor:
        """The decoder's means at the encoder's. Traceable."""
        return self.generate(self.code(x))

    def call(self, inputs):
        return self.reconstruction(inputs)

    def reconstruct(self, x: np.ndarray, *, batch_size: int = 256) -> np.ndarray:
        """The means of the decoder at the encoder's means: uint8 images or float32 vectors."""
        self.spec.check(x)
        return self.in_batches(self.reconstruction, x, batch_size=batch_size)

    def likelihood_methods(self) -> dict[str, Callable]:
        return {
            "elbo": functools.partial(elbo, self),
            "iwae": functools.partial(iwae, self),
            "ais": self.annealed,
        }

    def signatures(self) -> dict[str, Signature]:
        examples = {self.spec.name: self.spec.tensor}
        return {
            "sample": self.sample_signature(),
            "decode": self.decode_signature(),
            "encode": self.encode_signature(),
            "reconstruct": Signature(self.reconstruction, examples, self.spec.name),
            "log_likelihood": self.log_likelihood_signature(),
        }
