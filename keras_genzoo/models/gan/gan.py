"""GAN: Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio (2014),
Generative Adversarial Networks, arXiv:1406.2661.
"""

from collections.abc import Mapping, Sequence

import keras
from keras import ops

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks.mlp import build_mlp
from keras_genzoo.support.checks import number_between, whole_number, whole_numbers


@keras.saving.register_keras_serializable("keras_genzoo")
class GAN(Adversarial):
    """Generative adversarial network: a generator learns to make examples that a discriminator
    takes for real; both are fully connected.

    Objective: min_G max_D E log D(x) + E log(1 - D(G(z))). Algorithm 1 of the paper: k times, the
    discriminator minimizes -log D(x) - log(1 - D(G(z))); then, once, the generator minimizes
    log(1 - D(G(z))) ("minimax") or, as the paper advises early in learning, -log D(G(z))
    ("non_saturating", the default here).

    With k > 1, one batch of `fit` holds the real examples of one whole step: it is dealt out to the
    discriminator's updates, so that each sees examples of its own.

    Shapes: images uint8 (batch, height, width, channels) in 0..255, or vectors float32 (batch,
    features); z (batch, latent_dim), standard normal or uniform in [-1, 1).

    Args:
        image_shape: (height, width, channels), for images.
        num_features: Instead of `image_shape`, for vectors.
        latent_dim: Dimensions of z.
        hidden_units: Units of the generator's hidden layers; the discriminator has the same in
            reverse. The authors' generator for MNIST has two layers of 1200.
        discriminator_steps: k, discriminator updates for each of the generator.
        dropout: The share of the generator's hidden units to drop, in training and in samples:
            which ones is part of what a sample is made of, and `decode` drops none.
        prior: What z is drawn from, "normal" or "uniform".
        batch_norm: Whether the hidden layers of both networks are normalized by batches.
        generator: A network of your own, (batch, latent_dim) -> (batch, *shape), images in [-1, 1].
        discriminator: A network of your own, (batch, *shape) -> logits (batch, 1).
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: Networks of other shapes; batches with fewer examples than discriminator steps.

    `compile(loss=...)` takes "non_saturating", "minimax", "least_squares" (Mao et al., 2016),
    "hinge" (Lim and Ye, 2017), "relativistic" (the standard loss of Jolicoeur-Martineau, 2018), a
    pair of functions, and, with a `clip` or a penalty of slopes, "wasserstein".

    Logs: `discriminator_loss`, with its penalty where it has one, `generator_loss`, and the latter
    as `loss`. None of them tells how good the samples are: for that monitor the figure of
    `callbacks.EvaluateSamples`.

    Departures from the paper: a discriminator as wide as the generator with leaky ReLU, in place of
    maxout with dropout (the authors' code: two layers of 240 units with 5 pieces); Adam at 2e-4
    with beta_1 = 0.5 in place of momentum with a falling rate; images in [-1, 1] by tanh, in place
    of [0, 1] by the sigmoid.

    Example:
        ```python
        model = zoo.GAN(num_features=2, latent_dim=2, hidden_units=[128, 128])
        model.compile(loss="least_squares")
        model.fit(zoo.data.load("ring", batch_size=128), epochs=20)
        ```

    Reference: arXiv:1406.2661.
    """

    named_losses = losses.named(
        "non_saturating", "minimax", "least_squares", "hinge", "relativistic", "wasserstein"
    )
    clip: float | None = None

    def __init__(
        self,
        image_shape: Sequence[int] | None = None,
        num_features: int | None = None,
        latent_dim: int = 100,
        hidden_units: Sequence[int] = (1200, 1200),
        discriminator_steps: int = 1,
        dropout: float = 0.0,
        prior: str = "normal",
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        batch_norm: bool = False,
        **kwargs,
    ):
        super().__init__(
            DataSpec.of(image_shape, num_features),
            latent_dim,
            prior=prior,
            dropout=dropout,
            **kwargs,
        )
        self.batch_norm = batch_norm
        self.hidden_units = whole_numbers("hidden_units", hidden_units)
        self.discriminator_steps = whole_number("discriminator_steps", discriminator_steps)
        self.smallest_batch = self.batches_per_step = self.discriminator_steps
        self.remember_injected(generator=generator, discriminator=discriminator)
        with self.own_precision():
            self.generator = self.adopt_generator(generator or self._build_generator())
            self.discriminator = self.adopt_judge(
                discriminator or self._build_discriminator(), "discriminator"
            )
        self.track("discriminator_loss")

    def _build_generator(self):
        return build_mlp(
            (self.latent_dim,),
            self.hidden_units,
            self.spec.shape,
            name="generator",
            output_activation="tanh" if self.spec.is_image else None,
            noise_dropout=self.dropout,
            batch_norm=self.batch_norm,
        )

    def _build_discriminator(self):
        units = self.hidden_units[::-1]
        return build_mlp(
            self.spec.shape,
            units,
            (1,),
            "leaky_relu",
            name="discriminator",
            batch_norm=self.batch_norm,
        )

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {name: keras.optimizers.Adam(2e-4, beta_1=0.5) for name in self.networks()}

    def compile(
        self,
        optimizer=None,
        loss=None,
        *,
        clip: float | None = None,
        penalties: Mapping[str, float] | None = None,
        **settings,
    ):
        """Prepares the model for training.

        Args:
            optimizer: None for Adam at 2e-4, one Keras optimizer, or a dict by network.
            loss: See the class.
            clip: After each of its updates, the discriminator's weights are cut to [-clip, clip]:
                Arjovsky et al. (2017), arXiv:1701.07875, whose clip is 0.01.
            penalties: Weights by name, "wgan_gp" for one; see `Adversarial.compile`.
            **settings: Those of `Adversarial.compile`.

        Raises:
            ValueError: The loss "wasserstein" without bounds for the discriminator's slopes;
                a clip that is not positive; what `Adversarial.compile` does not take.
        """
        if loss == "wasserstein" and clip is None and penalties is None:
            raise ValueError(
                'Expected a bound of the discriminator\'s slopes for loss="wasserstein"; got none. '
                "Pass clip=0.01, or penalties={'wgan_gp': 10.0}."
            )
        if clip is not None:
            number_between("clip", clip, 0, float("inf"))
        self.clip = clip
        super().compile(optimizer, loss, penalties=penalties, **settings)
        self.remember_compiled(clip=clip)

    def train_step(self, data):
        real = self.real(data)
        for own in self.dealt(self.discriminator_steps, *real):
            discriminator_loss = self.minimize("discriminator", self.discriminator_loss, *own)
            self._clip_weights()
        generator_loss = self.minimize("generator", self.generator_loss, *own)
        self.update_average()
        return self.report(discriminator_loss=discriminator_loss, generator_loss=generator_loss)

    def _clip_weights(self):
        if self.clip is not None:
            for v in self.discriminator.trainable_variables:
                v.assign(ops.clip(v, -self.clip, self.clip))
