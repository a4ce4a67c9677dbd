"""SNGAN: Miyato, Kataoka, Koyama and Yoshida (2018), Spectral Normalization for Generative
Adversarial Networks, arXiv:1802.05957.
"""

from collections.abc import Sequence

import keras
from keras import layers

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.layers import Projection
from keras_genzoo.layers.normalized_weights import KINDS
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks import dcgan, resnet
from keras_genzoo.networks.mlp import build_mlp
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.names import known

ARCHITECTURES = ("residual", "plain")


def build_plain_discriminator(
    image_shape: Sequence[int], width: int, num_classes: int | None, normalization: str
) -> keras.Model:
    """The paper's standard CNN: for each halving a 3x3 convolution and a strided 4x4 one of twice
    the channels, one more of 3x3, and a linear layer; leaky ReLU of slope 0.1.
    """
    blocks = resnet.Blocks(normalization, initializer=keras.initializers.RandomNormal(stddev=0.02))
    inputs = [keras.Input(image_shape, name="x")]
    h = inputs[0]
    for i in range(dcgan.halvings(image_shape)):
        h = layers.LeakyReLU(0.1)(blocks.convolution(width << i, 3)(h))
        h = layers.LeakyReLU(0.1)(blocks.convolution(width << (i + 1), 4, strides=2)(h))
    h = layers.LeakyReLU(0.1)(blocks.convolution(h.shape[-1], 3)(h))
    h = layers.Flatten()(h)
    if num_classes is not None:
        inputs.append(keras.Input((), dtype="int32", name="labels"))
        h = [h, inputs[1]]
    logits = Projection(num_classes, normalization)(h)
    return keras.Model(
        inputs if num_classes is not None else inputs[0], logits, name="discriminator"
    )


def build_dense_discriminator(num_features: int, width: int, normalization: str) -> keras.Model:
    """Of vectors: three layers with leaky ReLU, and a linear one."""
    blocks = resnet.Blocks(normalization)
    x = h = keras.Input((num_features,), name="x")
    for _ in range(3):
        h = layers.LeakyReLU(0.1)(blocks.dense(width)(h))
    return keras.Model(x, Projection(normalization=normalization)(h), name="discriminator")


@keras.saving.register_keras_serializable("keras_genzoo")
class SNGAN(Adversarial):
    """Spectrally normalized GAN: each layer of the discriminator is divided by the most that it
    can stretch a vector, so its slopes stay bounded, and no batch norm or penalty is needed.

    Objective: the discriminator minimizes max(0, 1 - D(x)) + max(0, 1 + D(G(z))) ("hinge"), the
    generator -D(G(z)), after `discriminator_steps` updates of the former. Every kernel W of D is
    used as W / sigma(W), sigma its largest singular value by one turn of power iteration in each
    run of D in training; gradients go through sigma.

    Conditional with `num_classes`: batch norm by class in the generator, and in the discriminator
    the projection of Miyato and Koyama (2018), arXiv:1802.05637, D(x, y) = v_y . h(x) + psi(h(x)).

    One batch of `fit` holds the real examples of one whole step: it is dealt out to the
    discriminator's updates. For the paper's 64 with 5 of them, give batches of 320.

    Shapes: images uint8 (batch, height, width, channels) in 0..255, or vectors float32 (batch,
    features); z (batch, latent_dim), standard normal.

    Args:
        image_shape: (height, width, channels), for images; sides must halve: 8, 28, 32, 64, ...
        num_features: Instead of `image_shape`, for vectors.
        num_classes: Makes the model of images conditional.
        latent_dim: Dimensions of z.
        width: Channels of the discriminator's feature maps ("residual"), of its first convolution
            ("plain"), or units of its layers, of vectors; None for 128, in "plain" networks for 64,
            as in the paper. A residual generator has twice as many, others as many.
        architecture: "residual", or "plain", the paper's standard CNN with the generator of DCGAN.
        normalization: "spectral"; or "weight" for the WNGAN that the paper compares with, whose
            kernels have columns of learned length (Salimans and Kingma, 2016).
        discriminator_steps: Discriminator updates for each of the generator: 5 in the paper's
            residual networks on CIFAR-10, 1 in other settings of it.
        generator: A network of your own, (batch, latent_dim) -> (batch, *shape), images in [-1, 1];
            in a conditional model it takes labels (batch,) as well.
        discriminator: A network of your own, (batch, *shape) -> logits (batch, 1), with labels
            likewise; `layers.SpectralNorm` is for its layers.
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: A shape that cannot be halved; classes of vectors; unknown names; networks of
            other shapes; batches with fewer examples than discriminator steps.

    `compile(loss=...)` takes "hinge" (default), "non_saturating", "wasserstein", "least_squares",
    "relativistic", or a pair of functions, as `DCGAN` does.

    Logs: `discriminator_loss`, `generator_loss`, and the latter as `loss`. None of them tells how
    good the samples are: for that monitor the figure of `callbacks.EvaluateSamples`.

    Departures from the paper: its rates fall linearly to 0 over 100,000 steps: here they stay,
    until `compile` gets `keras.optimizers.schedules.PolynomialDecay`. Images of other sizes than
    32x32 take as many blocks as they halve. The plain generator is DCGAN's, with kernels of 5x5 in
    place of 4x4.

    Example:
        ```python
        model = zoo.SNGAN(image_shape=(32, 32, 3), num_classes=10)
        model.compile()
        model.fit(zoo.data.load("cifar10", batch_size=320, labels=True), epochs=400)
        ```

    Reference: arXiv:1802.05957.
    """

    named_losses = losses.named(
        "hinge", "non_saturating", "wasserstein", "least_squares", "relativistic"
    )

    def __init__(
        self,
        image_shape: Sequence[int] | None = None,
        num_features: int | None = None,
        num_classes: int | None = None,
        latent_dim: int = 128,
        width: int | None = None,
        architecture: str = "residual",
        normalization: str = "spectral",
        discriminator_steps: int = 5,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        **kwargs,
    ):
        known("architecture", architecture, ARCHITECTURES)
        known("normalization", normalization, KINDS)
        super().__init__(DataSpec.of(image_shape, num_features), latent_dim, num_classes, **kwargs)
        if num_classes is not None and not self.spec.is_image:
            raise ValueError(
                f"Expected images in a conditional SNGAN; got vectors and num_classes={num_classes}"
                ". Leave num_classes out."
            )
        plain = self.spec.is_image and architecture == "plain"
        if width is not None:
            whole_number("width", width)
        self.width = width or (64 if plain else 128)
        self.architecture, self.normalization = architecture, normalization
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
        shape, z, width = self.spec.shape, self.latent_dim, self.width
        if not self.spec.is_image:
            return build_mlp((z,), [width] * 3, shape, name="generator")
        if self.architecture == "plain":
            return dcgan.build_generator(shape, z, width, self.num_classes)
        return resnet.build_generator(shape, z, 2 * width, self.num_classes)

    def _build_discriminator(self):
        shape, width, kind = self.spec.shape, self.width, self.normalization
        if not self.spec.is_image:
            return build_dense_discriminator(*shape, width, kind)
        if self.architecture == "plain":
            return build_plain_discriminator(shape, width, self.num_classes, kind)
        return resnet.build_discriminator(
            shape, width, self.num_classes, blocks=resnet.Blocks(kind)
        )

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {
            name: keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9) for name in self.networks()
        }

    def train_step(self, data):
        real = self.real(data)
        for own in self.dealt(self.discriminator_steps, *real):
            discriminator_loss = self.minimize("discriminator", self.discriminator_loss, *own)
        generator_loss = self.minimize("generator", self.generator_loss, *own)
        self.update_average()
        return self.report(discriminator_loss=discriminator_loss, generator_loss=generator_loss)
