"""BigGAN: Brock, Donahue and Simonyan (2018), Large Scale GAN Training for High Fidelity Natural
Image Synthesis, arXiv:1809.11096.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers
from keras.random import SeedGenerator

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.layers import ConditionalBatchNorm, SelfAttention
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks import resnet
from keras_genzoo.networks.dcgan import halvings
from keras_genzoo.probability.priors import Normal
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.types import Tensor


def build_generator(
    image_shape: Sequence[int],
    latent_dim: int,
    width: int,
    num_classes: int,
    embedding_dim: int,
    attention: bool,
) -> keras.Model:
    """z is split: its first part goes to 4x4 (7x7 for 28x28), one more to each residual block,
    where, beside the class's embedding, it says gain and bias of batch norm.

    Args:
        image_shape: (height, width, channels); sides must halve.
        latent_dim: Dimensions of z, split as evenly as can be.
        width: Channels of all feature maps.
        num_classes: How many there are.
        embedding_dim: Of the one embedding of classes that all blocks share.
        attention: Whether there is self-attention, with pooled keys, at half the image's size.
    """
    blocks = resnet.Blocks("spectral", "orthogonal", None)
    n = halvings(image_shape)
    if latent_dim <= n:
        raise ValueError(
            f"Expected latent_dim of {n + 1} or more, a number for each level of images "
            f"{tuple(image_shape)}; got {latent_dim}."
        )
    base = (image_shape[0] >> n, image_shape[1] >> n, width)
    z = keras.Input((latent_dim,), name="z")
    labels = keras.Input((), dtype="int32", name="labels")
    shared = layers.Embedding(num_classes, embedding_dim, "orthogonal", name="shared")(labels)
    ends = np.cumsum([len(part) for part in np.array_split(np.arange(latent_dim), n + 1)])
    h = layers.Reshape(base)(blocks.dense(base[0] * base[1] * width)(z[:, : ends[0]]))
    for i in range(n):
        if attention and i == n - 1:
            h = SelfAttention(pool=True)(h)
        condition = layers.Concatenate()([shared, z[:, ends[i] : ends[i + 1]]])

        def batch_norm(h, condition=condition):
            return ConditionalBatchNorm(normalization="spectral")([h, condition])

        h = blocks.up(h, width, batch_norm)
    x = resnet.to_pixels(blocks, h, image_shape[2])
    return keras.Model([z, labels], x, name="generator")


@keras.saving.register_keras_serializable("keras_genzoo")
class BigGAN(Adversarial):
    """BigGAN: a class-conditional residual GAN, made to be large, whose samples can be traded,
    variety for fidelity, by truncating z.

    Objective: the discriminator, told the class by projection, minimizes max(0, 1 - D(x, y)) +
    max(0, 1 + D(G(z, y), y)); after `discriminator_steps` of that the generator minimizes
    -D(G(z, y), y) + beta sum_W ||W^T W * (1 - I)||^2, over its kernels W, beta = 1e-4.

    z is split over the levels of the generator: each block's batch norm gets its gain and bias from
    a part of z beside an embedding of the class that all blocks share. Spectral normalization and
    orthogonal initialization in both networks; self-attention at half the image's size. Samples are
    those of averaged weights, whose batch norm has statistics of its own, from 16 batches of draws.

    **Truncation**: `sample(n, truncation=t)` draws anew each number of z with |z| > t. None draws
    from the whole N(0, 1); towards 0 all samples of a class become G(0, y).

    One batch of `fit` holds the real examples of one whole step: it is dealt out to the
    discriminator's updates. The paper's batches hold 2,048 for each: `compile(accumulation=k)`
    takes one update of k parts of them.

    Shapes: images uint8 (batch, height, width, channels) in 0..255; labels (batch,), integers from
    0 on; z (batch, latent_dim), standard normal.

    Args:
        image_shape: (height, width, channels); sides must halve: 8, 28, 32, 64, ...
        num_classes: How many classes there are.
        latent_dim: Dimensions of z.
        width: Channels of all feature maps of both networks.
        embedding_dim: Dimensions of the shared embedding.
        attention: Whether there is any.
        discriminator_steps: Discriminator updates for each of the generator.
        generator: A network of your own, [(batch, latent_dim), labels (batch,)] -> (batch,
            *image_shape) in [-1, 1].
        discriminator: A network of your own, [(batch, *image_shape), labels (batch,)] -> logits
            (batch, 1).
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: An image shape that cannot be halved; fewer dimensions of z than levels;
            networks of other shapes; when sampling, a truncation that is not positive.

    `compile(loss=...)` takes "hinge" (default), "non_saturating", "wasserstein", "least_squares",
    "relativistic", or a pair of functions, as `DCGAN` does; `penalties={}` leaves the orthogonal
    one out.

    Logs: `discriminator_loss`, `generator_loss` with its penalty, and the latter as `loss`.

    Departures from the paper: networks of one width, as the authors' code has them for 32x32
    images, where the paper's own begin at 128x128; one embedding vector is used as it is, as there,
    and not through a further layer.

    Example:
        ```python
        model = zoo.BigGAN(image_shape=(32, 32, 3), num_classes=10)
        model.compile()
        model.fit(zoo.data.load("cifar10", batch_size=100, labels=True), epochs=100)
        images = model.sample(64, truncation=0.5, seed=0)
        ```

    Reference: arXiv:1809.11096.
    """

    prior = Normal()
    named_losses = losses.named(
        "hinge", "non_saturating", "wasserstein", "least_squares", "relativistic"
    )
    default_penalties = {"orthogonal": 1e-4}
    ema_decay = 0.9999
    ema_statistics = "standing"
    takes_truncation = True

    def __init__(
        self,
        image_shape: Sequence[int] = (32, 32, 3),
        num_classes: int = 10,
        latent_dim: int = 128,
        width: int = 256,
        embedding_dim: int = 128,
        attention: bool = True,
        discriminator_steps: int = 2,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        **kwargs,
    ):
        whole_number("num_classes", num_classes, least=2)
        super().__init__(DataSpec.of(image_shape), latent_dim, num_classes, **kwargs)
        self.width = whole_number("width", width)
        self.embedding_dim = whole_number("embedding_dim", embedding_dim)
        self.attention = attention
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
        return build_generator(
            self.spec.shape,
            self.latent_dim,
            self.width,
            self.num_classes,
            self.embedding_dim,
            self.attention,
        )

    def _build_discriminator(self):
        return resnet.build_discriminator(
            self.spec.shape,
            self.width,
            self.num_classes,
            blocks=resnet.Blocks("spectral", "orthogonal", None),
            attention=self.attention,
        )

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        how = {"beta_1": 0.0, "beta_2": 0.999, "epsilon": 1e-6}
        return {
            "discriminator": keras.optimizers.Adam(2e-4, **how),
            "generator": keras.optimizers.Adam(5e-5, **how),
        }

    def train_step(self, data):
        real = self.real(data)
        for own in self.dealt(self.discriminator_steps, *real):
            discriminator_loss = self.minimize("discriminator", self.discriminator_loss, *own)
        generator_loss = self.minimize("generator", self.generator_loss, *own)
        self.update_average()
        return self.report(discriminator_loss=discriminator_loss, generator_loss=generator_loss)

    def truncated(
        self, inputs: dict[str, Tensor], truncation: Tensor, seed: SeedGenerator
    ) -> dict[str, Tensor]:
        return {**inputs, "z": self.prior.truncated(inputs["z"], truncation, seed)}
