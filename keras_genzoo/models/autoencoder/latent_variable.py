"""The base of autoencoders that are latent-variable models: a code z for each x."""

import functools
from collections.abc import Callable, Mapping

from keras import ops

from keras_genzoo.engine import DataSpec, Noise, Source
from keras_genzoo.engine.labels import beside
from keras_genzoo.likelihood.importance import elbo, iwae
from keras_genzoo.models.latent import Interpolating, Reconstructing
from keras_genzoo.models.maximum_likelihood import MaximumLikelihood
from keras_genzoo.probability.observations import Observation
from keras_genzoo.probability.priors import Normal
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.types import Tensor


class LatentVariable(Interpolating, Reconstructing, MaximumLikelihood):
    """z ~ N(0, 1), x ~ p(x | z), and an encoder q(z | x) = N(mean(x), exp(log_var(x))).

    A model defines its `objective`, a bound of log p(x), and has networks `encoder`, from
    observed x to mean and log_var (batch, 2 latent_dim), and `decoder`, from z to the parameters
    of its `observation`. Those of a conditional model take labels (batch,), int32, beside:
    `encoder([x, labels])`, `decoder([z, labels])`.

    Args:
        spec: Shape of one example.
        observation: p(x | z).
        latent_dim: Dimensions of z.
        num_classes: Of a conditional model.
        **kwargs: Those of any Keras model.
    """

    family = "autoencoder"
    averaged_networks = ("encoder", "decoder")
    prior = Normal()
    observation: Observation

    def __init__(
        self,
        spec: DataSpec,
        observation: Observation,
        latent_dim: int,
        num_classes: int | None = None,
        **kwargs,
    ):
        super().__init__(spec, num_classes, **kwargs)
        self.observation, self.scale = observation, observation.scale
        self.latent_dim = latent_dim

    def posterior(
        self, y: Tensor, labels: Tensor | None = None, training: bool = False
    ) -> tuple[Tensor, Tensor]:
        """mean and log_var of q(z | y), (batch, latent_dim) each, of observed y (batch, *shape)."""
        encoder = self.in_use("encoder", training)
        output = ops.cast(encoder(beside(y, labels), training=training), "float32")
        mean, log_var = ops.split(output, 2, axis=-1)
        return mean, log_var

    def decoded(self, z: Tensor, labels: Tensor | None = None, training: bool = False) -> Tensor:
        decoder = self.in_use("decoder", training)
        return ops.cast(decoder(beside(z, labels), training=training), "float32")

    # ------------------------------------------------------------------ codes and samples

    def inputs(self) -> Mapping[str, Source]:
        z = {"z": Noise(self.prior, (self.latent_dim,))}
        return {**z, "labels": self.label_spec} if self.label_spec else z

    def generate(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Means of p(x | z): grey values where the likelihood is binary."""
        return self.scale.examples(self.observation.mean(self.decoded(z, labels)))

    def code(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Means of q(z | x)."""
        return self.posterior(self.scale.numbers(x), labels)[0]

    def call(self, inputs):
        return self.reconstruction(*(inputs if self.label_spec else (inputs,)))

    def likelihood_methods(self) -> dict[str, Callable]:
        return {
            "elbo": functools.partial(elbo, self),
            "iwae": functools.partial(iwae, self),
            "ais": self.annealed,
        }

    def signatures(self) -> dict[str, Signature]:
        return {
            **self.sample_signatures(),
            "decode": self.decode_signature(),
            "encode": self.encode_signature(),
            "reconstruct": self.reconstruct_signature(),
            "log_likelihood": self.log_likelihood_signature(),
        }
