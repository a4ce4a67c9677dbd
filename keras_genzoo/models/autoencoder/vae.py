"""VAE: Kingma and Welling (2013), Auto-Encoding Variational Bayes, arXiv:1312.6114."""

import math

import keras
import numpy as np
from keras import layers, ops

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec, draw
from keras_genzoo.engine.adopt import LOGITS, MEAN_AND_LOG_VAR, adopt
from keras_genzoo.likelihood.likelihood import LikelihoodModel
from keras_genzoo.models.latent import Infers
from keras_genzoo.probability.pixels import (
    NATS_PER_PIXEL_BIN,
    binarize,
    dequantize,
    to_uint8,
)
from keras_genzoo.saving import Signature
from keras_genzoo.support.checks import whole_number, whole_numbers

LIKELIHOODS = ("bernoulli", "gaussian")


def build_mlp(input_shape, hidden_units, output_shape, activation, name) -> keras.Model:
    """Flatten -> hidden layers -> linear -> reshape."""
    x = keras.Input(input_shape)
    h = layers.Flatten()(x)
    for units in hidden_units:
        h = layers.Dense(units, activation=activation)(h)
    h = layers.Dense(int(np.prod(output_shape)), dtype="float32")(h)
    return keras.Model(x, layers.Reshape(output_shape, dtype="float32")(h), name=name)


@keras.saving.register_keras_serializable("keras_genzoo")
class VAE(Infers, LikelihoodModel):
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
        model = zoo.VAE(image_shape=(28, 28, 1))
        model.compile()
        model.fit(zoo.data.load("mnist", batch_size=100), epochs=10)
        codes = model.encode(images)

    Reference: arXiv:1312.6114. Higgins, Matthey, Pal, Burgess, Glorot, Botvinick, Mohamed and
    Lerchner (2017), beta-VAE: Learning Basic Visual Concepts with a Constrained Variational
    Framework, ICLR.
    """

    nll_name = "negative_elbo"

    def __init__(
        self,
        image_shape=None,
        num_features: int | None = None,
        latent_dim: int = 20,
        hidden_units=(500,),
        activation: str = "tanh",
        likelihood: str | None = None,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        beta: float = 1.0,
        **kwargs,
    ):
        super().__init__(DataSpec.of(image_shape, num_features), **kwargs)
        grey = self.spec.is_image and self.spec.shape[-1] == 1
        likelihood = likelihood or ("bernoulli" if grey else "gaussian")
        if likelihood not in LIKELIHOODS or (likelihood == "bernoulli" and not self.spec.is_image):
            raise ValueError(
                f"Expected likelihood, one of {LIKELIHOODS}, bernoulli for images only; got "
                f"{likelihood!r} for shape {self.spec.shape}."
            )
        if not isinstance(beta, int | float) or not 0 <= beta < math.inf:
            raise ValueError(f"Expected beta, a weight of 0 or more; got {beta!r}.")
        self.latent_dim = whole_number("latent_dim", latent_dim)
        self.likelihood, self.beta = likelihood, beta
        self.hidden_units = whole_numbers("hidden_units", hidden_units)
        self.activation = activation
        self.remember_injected(encoder=encoder, decoder=decoder)
        shape = self.spec.shape
        output = shape if likelihood == "bernoulli" else (2, *shape)
        with self.own_precision():
            self.encoder = adopt(
                encoder or build_mlp(shape, hidden_units, (2 * latent_dim,), activation, "encoder"),
                "encoder",
                shape,
                (2 * latent_dim,),
                MEAN_AND_LOG_VAR,
            )
            self.decoder = adopt(
                decoder
                or build_mlp((latent_dim,), hidden_units[::-1], output, activation, "decoder"),
                "decoder",
                (latent_dim,),
                output,
                LOGITS if likelihood == "bernoulli" else MEAN_AND_LOG_VAR,
            )
        self.track("reconstruction", "kl")

    def networks(self):
        return {"vae": self.encoder.trainable_variables + self.decoder.trainable_variables}

    def default_optimizers(self):
        return {"vae": keras.optimizers.Adam(1e-3)}

    def train_step(self, data):
        x = self.batch(data)
        terms = self.minimize("vae", lambda: self.objective(x, self.noise, training=True))
        return self.report(**terms)

    def objective(self, x, seed, training=False):
        x = self.observed(x, seed)
        mean, log_var = self.posterior(x, training)
        noise = draw("normal", ops.shape(mean), seed)
        z = mean + ops.exp(0.5 * log_var) * noise
        reconstruction = -self.log_prob_given(x, z, training)
        kl = losses.kl_from_standard_normal(mean, log_var)
        loss = reconstruction + self.beta * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}

    def nll(self, values):
        """The negative ELBO: its parts at weight 1, whatever weights the loss gives them."""
        if "nll" in values:
            return values["nll"]
        return values["reconstruction"] + values["kl"]

    def observed(self, x, seed):
        """x as the encoder takes it and p(x | z) scores it, float32."""
        if self.likelihood == "bernoulli":
            return binarize(x, seed)
        return dequantize(x, seed) if self.spec.is_image else ops.cast(x, "float32")

    def posterior(self, x, training=False):
        """mean and log_var of q(z|x), (batch, latent_dim) each, of x in [0, 1] or of vectors."""
        output = ops.cast(self.encoder(x, training=training), "float32")
        mean, log_var = ops.split(output, 2, axis=-1)
        return mean, log_var

    def decoded(self, z, training=False):
        """The decoder's output: the parameters of p(x | z), float32."""
        return ops.cast(self.decoder(z, training=training), "float32")

    def log_prob_given(self, x, z, training=False):
        """log p(x | z) in nats, (batch,), of x as the encoder sees it."""
        output = self.decoded(z, training)
        if self.likelihood == "bernoulli":
            return losses.bernoulli_log_prob(x, output)
        mean, log_var = output[:, 0], output[:, 1]
        log_prob = losses.normal_log_prob(x, mean, log_var)
        return log_prob - self.spec.size * NATS_PER_PIXEL_BIN if self.spec.is_image else log_prob

    def draw_given(self, z, seed):
        """A draw of p(x | z), (batch, *shape), of x as `log_prob_given` takes it."""
        output = self.decoded(z)
        if self.likelihood == "bernoulli":
            return ops.cast(draw("logistic", ops.shape(output), seed) < output, "float32")
        mean, log_var = output[:, 0], output[:, 1]
        return mean + ops.exp(0.5 * log_var) * draw("normal", ops.shape(mean), seed)

    # ------------------------------------------------------------------ codes and samples

    def generate(self, noise):
        """Means of p(x | z): grey values where the likelihood is binary."""
        x = self.decode_mean(noise)
        return to_uint8(x) if self.spec.is_image else x

    def decode_mean(self, z):
        output = self.decoded(z)
        if self.likelihood == "bernoulli":
            return 255.0 * ops.sigmoid(output)
        return 256.0 * output[:, 0] - 0.5 if self.spec.is_image else output[:, 0]

    def code(self, x):
        """Means of q(z|x), traceable."""
        x = ops.cast(x, "float32")
        if self.likelihood == "bernoulli":
            x = x / 255.0
        elif self.spec.is_image:
            x = (x + 0.5) / 256.0
        return self.posterior(x)[0]

    def reconstruction(self, x):
        """The decoder's means at the encoder's, traceable."""
        return self.generate(self.code(x))

    def call(self, inputs):
        return self.reconstruction(inputs)

    def reconstruct(self, x, *, batch_size: int = 256) -> np.ndarray:
        """The means of the decoder at the encoder's means: uint8 images or float32 vectors."""
        self.spec.check(x)
        return self.in_batches(self.reconstruction, x, batch_size=batch_size)

    def signatures(self):
        data = self.spec.name
        reconstruct = Signature(self.reconstruction, {data: self.spec.tensor}, output=data)
        return {**super().signatures(), "reconstruct": reconstruct}

    def get_config(self):
        return {
            **super().get_config(),
            "latent_dim": self.latent_dim,
            "hidden_units": list(self.hidden_units),
            "activation": self.activation,
            "likelihood": self.likelihood,
            "beta": self.beta,
        }
