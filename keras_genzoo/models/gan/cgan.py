"""CGAN: Mirza and Osindero (2014), Conditional Generative Adversarial Nets, arXiv:1411.1784."""

import math
from collections.abc import Sequence

import keras
from keras import layers

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.layers import NoiseDropout
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks import dcgan
from keras_genzoo.networks.mlp import maxout, one_hot
from keras_genzoo.probability.priors import Uniform
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.names import known

ARCHITECTURES = ("dense", "dcgan")


def build_generator(
    image_shape: Sequence[int], latent_dim: int, num_classes: int, dropout: float = 0.0
) -> keras.Model:
    """z and y, one-hot, each through a layer of its own, 200 and 1000 units -> 1200 -> pixels.

    With `dropout`, the third input says which of the 2400 hidden units are dropped.
    """
    z = keras.Input((latent_dim,), name="z")
    labels = keras.Input((), dtype="int32", name="labels")
    inputs = [z, labels]
    of_z = layers.Dense(200, activation="relu")(z)
    of_y = layers.Dense(1000, activation="relu")(one_hot(labels, num_classes))
    joint = layers.Concatenate()([of_z, of_y])
    if dropout:
        inputs.append(keras.Input((2400,), dtype="float32", name="dropout"))
        joint = NoiseDropout(dropout)([joint, inputs[-1]])
    h = layers.Dense(1200, activation="relu")(joint)
    if dropout:
        h = NoiseDropout(dropout, first=1200)([h, inputs[-1]])
    x = layers.Dense(math.prod(image_shape), activation="tanh", dtype="float32")(h)
    x = layers.Reshape(image_shape, dtype="float32")(x)
    return keras.Model(inputs, x, name="generator")


def build_discriminator(image_shape: Sequence[int], num_classes: int) -> keras.Model:
    """x and y, one-hot, each through a maxout layer of its own -> a joint one -> a logit."""
    x = keras.Input(image_shape, name="x")
    labels = keras.Input((), dtype="int32", name="labels")
    of_x = layers.Dropout(0.5)(maxout(layers.Flatten()(x), 240, 5))
    of_y = layers.Dropout(0.5)(maxout(one_hot(labels, num_classes), 50, 5))
    h = layers.Dropout(0.5)(maxout(layers.Concatenate()([of_x, of_y]), 240, 4))
    return keras.Model([x, labels], layers.Dense(1, dtype="float32")(h), name="discriminator")


@keras.saving.register_keras_serializable("keras_genzoo")
class CGAN(Adversarial):
    """Conditional GAN: a generator learns to make images of a class that it is told, and a
    discriminator, told it too, judges whether they are real ones of that class.

    Objective: the discriminator minimizes -log D(x, y) - log(1 - D(G(z, y), y)) for examples x
    with their labels y, the generator -log D(G(z, y), y), in turn, one step each.

    Shapes: images uint8 (batch, height, width, channels) in 0..255; labels (batch,), integers
    from 0 on; z (batch, latent_dim).

    Args:
        image_shape: (height, width, channels).
        num_classes: How many classes there are.
        latent_dim: Dimensions of z.
        architecture: "dense", the paper's networks; or "dcgan", those of `DCGAN`, to which labels
            are given as one-hot vectors beside z, and as a learned map beside the image. These
            need sides that halve: 8, 28, 32, 64, ...
        width: Of "dcgan": channels of the discriminator's first convolution.
        discriminator_steps: Discriminator updates for each of the generator; a batch is dealt out
            to them.
        dropout: The share of the generator's hidden units to drop, in training, as the paper does,
            and in samples: which ones is part of what a sample is made of, and `decode` drops none.
        prior: What z is drawn from, "normal" or "uniform" in [-1, 1); None for that of the paper
            which the networks are from: uniform in [0, 1), of "dcgan" in [-1, 1). Of numbers that
            hardly differ the networks of DCGAN make images of a class that hardly differ.
        generator: A network of your own, [(batch, latent_dim), labels (batch,)] -> (batch,
            *image_shape) in [-1, 1].
        discriminator: A network of your own, [(batch, *image_shape), labels (batch,)] -> logits
            (batch, 1).
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: An unknown architecture; an image shape that cannot be halved; networks of
            other shapes.

    `compile(loss=...)` takes "non_saturating" (default), "minimax", "least_squares", "hinge",
    "relativistic", or a pair of functions, as `DCGAN` does.

    Logs: `discriminator_loss`, `generator_loss`, and the latter as `loss`.

    Departures from the paper: Adam at 2e-4 with beta_1 = 0.5 in place of momentum with a falling
    rate; pixels in [-1, 1] by tanh, in place of [0, 1] by the sigmoid; the generator has no
    dropout unless told, where the paper drops half. The non-saturating loss is that of Goodfellow
    et al. (2014), which the paper builds on.

    Example:
        ```python
        model = zoo.CGAN(image_shape=(28, 28, 1), num_classes=10, architecture="dcgan")
        model.compile()
        model.fit(zoo.data.load("digits", batch_size=64, labels=True), epochs=100)
        sevens = model.sample(64, labels=7, seed=0)
        ```

    Reference: arXiv:1411.1784.
    """

    prior = Uniform()
    named_losses = losses.named(
        "non_saturating", "minimax", "least_squares", "hinge", "relativistic"
    )

    def __init__(
        self,
        image_shape: Sequence[int] = (28, 28, 1),
        num_classes: int = 10,
        latent_dim: int = 100,
        architecture: str = "dense",
        width: int = 64,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        discriminator_steps: int = 1,
        dropout: float = 0.0,
        prior: str | None = None,
        **kwargs,
    ):
        known("architecture", architecture, ARCHITECTURES)
        whole_number("num_classes", num_classes, least=2)
        if architecture == "dcgan":
            prior = prior or "uniform"
        super().__init__(
            DataSpec.of(image_shape),
            latent_dim,
            num_classes,
            prior=prior,
            dropout=dropout,
            **kwargs,
        )
        self.architecture, self.width = architecture, width
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
        shape, latent_dim, classes = self.spec.shape, self.latent_dim, self.num_classes
        if self.architecture == "dense":
            return build_generator(shape, latent_dim, classes, self.dropout)
        return dcgan.build_generator(
            shape, latent_dim, self.width, classes, noise_dropout=self.dropout
        )

    def _build_discriminator(self):
        if self.architecture == "dense":
            return build_discriminator(self.spec.shape, self.num_classes)
        return dcgan.build_discriminator(self.spec.shape, self.width, num_classes=self.num_classes)

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {name: keras.optimizers.Adam(2e-4, beta_1=0.5) for name in self.networks()}

    def train_step(self, data):
        real = self.real(data)
        for own in self.dealt(self.discriminator_steps, *real):
            discriminator_loss = self.minimize("discriminator", self.discriminator_loss, *own)
        generator_loss = self.minimize("generator", self.generator_loss, *own)
        self.update_average()
        return self.report(discriminator_loss=discriminator_loss, generator_loss=generator_loss)
