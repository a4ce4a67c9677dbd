"""The base of reversible flows."""

from collections.abc import Callable, Iterator

import keras
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo.engine import DataSpec, Noise
from keras_genzoo.models.latent import Interpolating
from keras_genzoo.models.maximum_likelihood import MaximumLikelihood
from keras_genzoo.probability import pixels
from keras_genzoo.probability.bijectors import Bijector, Chain
from keras_genzoo.probability.priors import Normal, Prior
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.types import Tensor


class Flow(Interpolating, MaximumLikelihood):
    """A reversible function of x whose value z has a simple prior: exact densities, exact codes.

    Objective: maximize log p(x) = log p_prior(z) + log |det dz/dx|.

    A model sets `self.flow`, a `Chain` of bijectors from (batch, *shape) to z (batch, D), and
    keeps those that have weights as attributes of its own, by which they are saved. Images are
    dequantized to (x + u) / 256 in [0, 1), and `log_likelihood` is that of the 256-valued pixels:
    the density on [0, 1] minus D ln 256.

    Logs: `nll`, in nats, and `bits_per_dim`; `loss` is the `nll`.

    Args:
        spec: Shape of one example.
        **kwargs: Those of any Keras model.
    """

    family = "flow"
    prior: Prior = Normal()
    flow: Chain

    def __init__(self, spec: DataSpec, **kwargs):
        super().__init__(spec, **kwargs)
        self.scale, self.latent_dim = pixels.dequantized(spec.shape), spec.size

    def networks(self) -> dict[str, list]:
        if not self.compiled:  # once, since it takes its time
            self._check_saved()
        return {"flow": self.trainable_variables}

    def _check_saved(self) -> None:
        """Raises ValueError for weights of the flow that the model does not know: they would be
        neither trained nor saved.
        """
        known = {id(v) for v in self.variables}
        layers = {id(layer): layer for layer in _layers(self.flow)}.values()
        lost = [layer.name for layer in layers if any(id(v) not in known for v in layer.variables)]
        if lost:
            raise ValueError(
                f"Expected the layers of {type(self).__name__}.flow among its attributes, by which "
                f"they are saved; got {', '.join(lost)} in the flow alone. Keep them in a list, "
                "such as self.couplings."
            )

    def objective(
        self, x: Tensor, seed: SeedGenerator, training: bool = False
    ) -> dict[str, Tensor]:
        log_density = self.log_density(self.scale.observed(x, seed), training)
        return {"loss": self.spec.size * self.scale.bin_nats - log_density}

    def log_density(self, y: Tensor, training: bool = False) -> Tensor:
        """log p of real-valued y (batch, *shape), on [0, 1) for images: (batch,) nats."""
        z, log_det = self.transform(y, training)
        return self.prior.log_prob(z) + log_det

    def transform(self, y: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """y (batch, *shape) -> z (batch, D) and log |det dz/dy|, (batch,) or a scalar."""
        return self.flow.forward_and_log_det(ops.cast(y, "float32"), training)

    def inverse(self, z: Tensor) -> Tensor:
        """z (batch, D) -> y (batch, *shape)."""
        return self.flow.inverse(ops.cast(z, "float32"))

    # ------------------------------------------------------------------ codes and samples

    def inputs(self) -> dict[str, Noise]:
        return {"z": Noise(self.prior, (self.latent_dim,))}

    def generate(self, z: Tensor) -> Tensor:
        """The inverse of z; real values become the pixels whose bins they lie in."""
        return self.scale.examples(self.inverse(z))

    def decoded(self, z: Tensor, training: bool = False) -> Tensor:
        return self.inverse(z)

    def code(self, x: Tensor) -> Tensor:
        """z of vectors, or of the middle of each pixel's bin."""
        return self.transform(self.scale.numbers(x))[0]

    def call(self, inputs):
        return self.code(inputs)

    def likelihood_methods(self) -> dict[str, Callable]:
        return {"exact": self.exact, "ais": self.annealed}

    def signatures(self) -> dict[str, Signature]:
        return {
            **self.sample_signatures(),
            "decode": self.decode_signature(),
            "encode": self.encode_signature(),
            "log_likelihood": self.log_likelihood_signature(),
        }


def _layers(bijector: Bijector) -> Iterator[keras.Layer]:
    """The layers that a bijector is made of, also those inside its parts."""
    if isinstance(bijector, keras.Layer):
        yield bijector
        return
    for part in keras.tree.flatten(list(vars(bijector).values())):
        if isinstance(part, keras.Layer | Bijector):
            yield from _layers(part)
