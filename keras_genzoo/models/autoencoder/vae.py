"""VAE: Kingma and Welling (2013), Auto-Encoding Variational Bayes, arXiv:1312.6114."""

from collections.abc import Sequence

import keras
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.engine import DataSpec
from keras_genzoo.engine.adopt import LOGITS, MEAN_AND_LOG_VAR, adopt
from keras_genzoo.models.autoencoder.latent_variable import LatentVariable
from keras_genzoo.networks.mlp import build_mlp
from keras_genzoo.probability import pixels
from keras_genzoo.probability.densities import kl_from_standard_normal
from keras_genzoo.probability.observations import Bernoulli, DiagonalGaussian, Observation
from keras_genzoo.support.checks import weight, whole_number, whole_numbers
from keras_genzoo.support.types import Tensor

LIKELIHOODS = ("bernoulli", "gaussian")


@keras.saving.register_keras_serializable("keras_genzoo")
class VAE(LatentVariable):
    """Variational autoencoder: a code z for each x, and a decoder under which x is likely.

    Objective: maximize the evidence lower bound of log p(x),

        ELBO(x) = E_q(z|x)[log p(x | z)] - KL(q(z|x) || N(0, 1)),

    with q(z|x) = N(mean(x), exp(log_var(x))), one draw z = mean + exp(log_var / 2) e for each x
    in a step, and the KL in closed form. With a `beta` other than 1, what is minimized is
    -log p(x | z) + beta KL: the beta-VAE of Higgins et al. (2017), whose larger beta asks for
    codes nearer to the prior. Likelihoods and the ELBO stay those of beta 1.

    What p(x | z) is:
    - "bernoulli" (images): x is made binary anew each time it is seen, 1 with probability
      pixel / 255 (dynamic binarization); images of 0 and 255 alone stay as they are. The
      likelihood is that of the binary image, in nats and bits per pixel.
    - "gaussian" (vectors, images): mean and variance for each dimension. Images are dequantized
      to (x + u) / 256, and the likelihood is that of the 256-valued pixels.

    Shapes: images uint8 (batch, height, width, channels) in 0..255, or vectors float32 (batch,
    features); z (batch, latent_dim).

    Args:
        image_shape: (height, width, channels), for images.
        num_features: Instead of `image_shape`, for vectors.
        latent_dim: Dimensions of z.
        hidden_units: Units of the encoder's hidden layers; the decoder's are the same, reversed.
        activation: Of the hidden layers.
        likelihood: "bernoulli" or "gaussian"; None means bernoulli for images with one channel,
            gaussian for colour images, whose values are no probabilities, and for vectors.
        encoder: A network of your own, (batch, *shape) -> (batch, 2 latent_dim): mean, log_var.
        decoder: A network of your own, (batch, latent_dim) -> logits (batch, *shape), or, for
            "gaussian", (batch, 2, *shape): mean, log_var.
        beta: Weight of the KL in what is minimized, 0 or more.
        **kwargs: `name`, `dtype`.

    Logs: `loss`, which is minimized; `negative_elbo`, its parts `reconstruction` = -log p(x | z)
    and `kl`, in nats, and `bits_per_dim`. `log_likelihood` is the ELBO with one draw of z, a lower
    bound; `method="iwae"` and `"ais"` come closer.

    Departures from the paper: Adam at 1e-3 in place of Adagrad, as the VAE's later literature
    has it, and no weight decay.

    Example:
        ```python
        model = zoo.VAE(image_shape=(28, 28, 1))
        model.compile()
        model.fit(zoo.data.load("mnist", batch_size=100), epochs=10)
        codes = model.encode(images)
        ```

    Reference: arXiv:1312.6114. Higgins, Matthey, Pal, Burgess, Glorot, Botvinick, Mohamed and
    Lerchner (2017), beta-VAE: Learning Basic Visual Concepts with a Constrained Variational
    Framework, ICLR.
    """

    nll_name = "negative_elbo"

    def __init__(
        self,
        image_shape: Sequence[int] | None = None,
        num_features: int | None = None,
        latent_dim: int = 20,
        hidden_units: Sequence[int] = (500,),
        activation: str = "tanh",
        likelihood: str | None = None,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        beta: float = 1.0,
        **kwargs,
    ):
        spec = DataSpec.of(image_shape, num_features)
        grey = spec.is_image and spec.shape[-1] == 1
        likelihood = likelihood or ("bernoulli" if grey else "gaussian")
        if likelihood not in LIKELIHOODS or (likelihood == "bernoulli" and not spec.is_image):
            raise ValueError(
                f"Expected likelihood, one of {LIKELIHOODS}, bernoulli for images only; got "
                f"{likelihood!r} for shape {spec.shape}."
            )
        weight("beta", beta)
        observation: Observation = Bernoulli()
        outputs = LOGITS
        if likelihood == "gaussian":
            observation = DiagonalGaussian(pixels.dequantized(spec.shape))
            outputs = MEAN_AND_LOG_VAR
        latent_dim = whole_number("latent_dim", latent_dim)
        super().__init__(spec, observation, latent_dim, **kwargs)
        self.hidden_units = whole_numbers("hidden_units", hidden_units)
        self.activation, self.likelihood, self.beta = activation, likelihood, beta
        self.remember_injected(encoder=encoder, decoder=decoder)
        codes, output = (latent_dim,), observation.output_shape(spec.shape)
        moments = (2 * latent_dim,)
        with self.own_precision():
            if encoder is None:
                encoder = build_mlp(spec.shape, hidden_units, moments, activation, "encoder")
            if decoder is None:
                decoder = build_mlp(codes, hidden_units[::-1], output, activation, "decoder")
            self.encoder = adopt(encoder, "encoder", spec.shape, moments, MEAN_AND_LOG_VAR)
            self.decoder = adopt(decoder, "decoder", codes, output, outputs)
        self.track("reconstruction", "kl")

    def networks(self) -> dict[str, list]:
        return {"vae": self.encoder.trainable_variables + self.decoder.trainable_variables}

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {"vae": keras.optimizers.Adam(1e-3)}

    def objective(
        self, x: Tensor, seed: SeedGenerator, training: bool = False
    ) -> dict[str, Tensor]:
        y = self.observation.observed(x, seed)
        mean, log_var = self.posterior(y, training=training)
        z = mean + ops.exp(0.5 * log_var) * backends.normal(ops.shape(mean), seed)
        reconstruction = -self.observation.log_prob(y, self.decoded(z, training=training))
        kl = kl_from_standard_normal(mean, log_var)
        loss = reconstruction + self.beta * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}

    def nll(self, values: dict[str, Tensor]) -> Tensor:
        """The negative ELBO: its parts at weight 1, whatever weights the loss gives them."""
        if "nll" in values:
            return values["nll"]
        return values["reconstruction"] + values["kl"]
