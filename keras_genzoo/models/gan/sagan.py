"""SAGAN: Zhang, Goodfellow, Metaxas and Odena (2018), Self-Attention Generative Adversarial
Networks, arXiv:1805.08318.
"""

from collections.abc import Sequence

import keras

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks import resnet
from keras_genzoo.support.checks import whole_number


@keras.saving.register_keras_serializable("keras_genzoo")
class SAGAN(Adversarial):
    """Self-attention GAN: residual networks in which each position of a feature map looks at all
    others, so that parts of an image that lie far apart fit together.

    Objective: the discriminator minimizes max(0, 1 - D(x)) + max(0, 1 + D(G(z))), the generator
    -D(G(z)), in turn, one step each. What keeps that stable: spectral normalization in both
    networks, and two time scales, the discriminator learning at four times the generator's rate.

    Attention, at half the image's size in both: x + gamma * o(x), with gamma learned from 0 on.
    Conditional with `num_classes`: batch norm by class in the generator, projection in the
    discriminator, as in the paper.

    Shapes: images uint8 (batch, height, width, channels) in 0..255; z (batch, latent_dim), standard
    normal.

    Args:
        image_shape: (height, width, channels); sides must halve: 8, 28, 32, 64, ...
        num_classes: Makes the model conditional.
        latent_dim: Dimensions of z.
        width: Channels of the discriminator's feature maps; the generator has twice as many.
        attention: Whether there is any; without, this is a residual GAN with spectral norm in both
            networks and two time scales.
        discriminator_steps: Discriminator updates for each of the generator; a batch of `fit` is
            dealt out to them.
        generator: A network of your own, (batch, latent_dim) -> (batch, *image_shape) in [-1, 1];
            in a conditional model it takes labels (batch,) as well.
        discriminator: A network of your own, (batch, *image_shape) -> logits (batch, 1), with
            labels likewise.
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: An image shape that cannot be halved; networks of other shapes.

    `compile(loss=...)` takes "hinge" (default), "non_saturating", "wasserstein", "least_squares",
    "relativistic", or a pair of functions, as `DCGAN` does. Callbacks that change the learning rate
    multiply both networks' by one factor, so the time scales stay apart.

    Logs: `discriminator_loss`, `generator_loss`, and the latter as `loss`.

    Departures from the paper: its images are of 128x128 pixels, with more channels the smaller the
    map, and its batches hold 256; the networks here are those of SNGAN for 32x32, of one width.
    Attention's values have half of the channels, as in the authors' code, not an eighth.

    Example:
        ```python
        model = zoo.SAGAN(image_shape=(32, 32, 3), num_classes=10)
        model.compile()
        model.fit(zoo.data.load("cifar10", batch_size=64, labels=True), epochs=100)
        ```

    Reference: arXiv:1805.08318.
    """

    named_losses = losses.named(
        "hinge", "non_saturating", "wasserstein", "least_squares", "relativistic"
    )

    def __init__(
        self,
        image_shape: Sequence[int] = (32, 32, 3),
        num_classes: int | None = None,
        latent_dim: int = 128,
        width: int = 128,
        attention: bool = True,
        discriminator_steps: int = 1,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        **kwargs,
    ):
        super().__init__(DataSpec.of(image_shape), latent_dim, num_classes, **kwargs)
        self.width, self.attention = whole_number("width", width), attention
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
        return resnet.build_generator(
            self.spec.shape,
            self.latent_dim,
            2 * self.width,
            self.num_classes,
            blocks=resnet.Blocks("spectral"),
            attention=self.attention,
        )

    def _build_discriminator(self):
        return resnet.build_discriminator(
            self.spec.shape, self.width, self.num_classes, attention=self.attention
        )

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {
            "discriminator": keras.optimizers.Adam(4e-4, beta_1=0.0, beta_2=0.9),
            "generator": keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9),
        }

    def train_step(self, data):
        real = self.real(data)
        for own in self.dealt(self.discriminator_steps, *real):
            discriminator_loss = self.minimize("discriminator", self.discriminator_loss, *own)
        generator_loss = self.minimize("generator", self.generator_loss, *own)
        self.update_average()
        return self.report(discriminator_loss=discriminator_loss, generator_loss=generator_loss)
