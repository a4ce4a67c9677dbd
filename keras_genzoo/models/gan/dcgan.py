"""DCGAN: Radford, Metz and Chintala (2015), Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks, arXiv:1511.06434.
"""

from collections.abc import Sequence

import keras

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks.dcgan import build_discriminator, build_generator
from keras_genzoo.support.checks import whole_number


@keras.saving.register_keras_serializable("keras_genzoo")
class DCGAN(Adversarial):
    """Deep convolutional GAN: a generator learns to make images that a discriminator takes for
    real.

    Objective: the discriminator minimizes -log D(x) - log(1 - D(G(z))), the generator
    -log D(G(z)) (non-saturating), in turn, one step each.

    Shapes: images uint8 (batch, height, width, channels) in 0..255; z (batch, latent_dim),
    uniform in [-1, 1) as in the paper, or standard normal.

    Args:
        image_shape: (height, width, channels). Height and width must halve at least once to 4
            or more pixels: 8, 28, 32, 64, ...
        latent_dim: Dimensions of z.
        width: Channels of the discriminator's first convolution; each further one doubles them,
            and the generator mirrors it. 64 is that of the authors' code, with 512 at 4x4 for
            64x64 images; the paper's figure of the generator shows twice as many.
        generator: A network of your own, (batch, latent_dim) -> (batch, *image_shape) in [-1, 1].
        discriminator: A network of your own, (batch, *image_shape) -> logits (batch, 1).
        prior: What z is drawn from, "uniform" or "normal".
        dropout: The share of the generator's hidden values to drop, in training and in samples;
            `decode` drops none.
        discriminator_steps: Discriminator updates for each of the generator, 1 in the paper; a
            batch of `fit` is dealt out to them.
        batch_norm: Whether both networks have it, as in the paper.
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: An image shape that cannot be halved; networks of other shapes.

    `compile(loss=...)` takes "non_saturating" (default), "minimax", "least_squares", "hinge",
    "relativistic", or a pair of serializable functions, `(discriminator_loss(real_logits,
    fake_logits), generator_loss(fake_logits))`, each to a loss per example; `compile` has soft and
    noisy labels, updates of the weaker network and augmentation besides.

    Logs: `discriminator_loss`, `generator_loss`, and the latter as `loss`. None of them tells how
    good the samples are: for that monitor the figure of `callbacks.EvaluateSamples`.

    Departures from the paper: it makes 64x64 images; other sizes take as many stages as they
    halve. Its batches hold 128 images; yours are up to your data. The generator runs with batch
    statistics in both phases, so its moving averages move twice a step; no trainable weight does.

    Example:
        ```python
        model = zoo.DCGAN(image_shape=(28, 28, 1))
        model.compile()
        model.fit(zoo.data.load("digits", batch_size=128), epochs=100)
        images = model.sample(64, seed=0)
        ```

    Reference: arXiv:1511.06434.
    """

    named_losses = losses.named(
        "non_saturating", "minimax", "least_squares", "hinge", "relativistic"
    )

    def __init__(
        self,
        image_shape: Sequence[int] = (64, 64, 3),
        latent_dim: int = 100,
        width: int = 64,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        prior: str = "uniform",
        dropout: float = 0.0,
        discriminator_steps: int = 1,
        batch_norm: bool = True,
        **kwargs,
    ):
        super().__init__(
            DataSpec.of(image_shape), latent_dim, prior=prior, dropout=dropout, **kwargs
        )
        self.discriminator_steps = whole_number("discriminator_steps", discriminator_steps)
        self.smallest_batch = self.batches_per_step = self.discriminator_steps
        self.width, self.batch_norm = width, batch_norm
        self.remember_injected(generator=generator, discriminator=discriminator)
        shape = self.spec.shape
        with self.own_precision():
            self.generator = self.adopt_generator(
                generator
                or build_generator(
                    shape, latent_dim, width, noise_dropout=dropout, batch_norm=batch_norm
                )
            )
            self.discriminator = self.adopt_judge(
                discriminator or build_discriminator(shape, width, batch_norm), "discriminator"
            )
        self.track("discriminator_loss")

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {name: keras.optimizers.Adam(2e-4, beta_1=0.5) for name in self.networks()}

    def train_step(self, data):
        real = self.real(data)
        for own in self.dealt(self.discriminator_steps, *real):
            discriminator_loss = self.minimize("discriminator", self.discriminator_loss, *own)
        generator_loss = self.minimize("generator", self.generator_loss, *own)
        self.update_average()
        return self.report(discriminator_loss=discriminator_loss, generator_loss=generator_loss)
