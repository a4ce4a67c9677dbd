"""The convolutional networks of DCGAN, arXiv:1511.06434, which other GANs take as well."""

from collections.abc import Sequence

import keras
from keras import layers

from keras_genzoo.layers import NoiseDropout
from keras_genzoo.networks.mlp import one_hot

SMALLEST = 4  # pixels of the generator's first feature map


def halvings(image_shape: Sequence[int]) -> int:
    """How often a strided convolution halves an image before a side is odd or below 4."""
    height, width, _ = image_shape
    n = 0
    while height % 2 == width % 2 == 0 and min(height, width) // 2 >= SMALLEST:
        height, width, n = height // 2, width // 2, n + 1
    if n == 0:
        raise ValueError(
            f"Expected an image whose height and width can be halved, to {SMALLEST} pixels or "
            f"more: 8, 28, 32, 64, 128, ...; got image_shape={tuple(image_shape)}. Resize the "
            "images, or give networks of your own."
        )
    return n


def build_generator(
    image_shape: Sequence[int],
    latent_dim: int,
    width: int = 64,
    num_classes: int | None = None,
    *,
    noise_dropout: float = 0.0,
    batch_norm: bool = True,
) -> keras.Model:
    """z -> project to 4x4 (7x7 for 28x28) -> transposed convolutions, each twice the size.

    Batch norm and ReLU follow each but the last, which has tanh: images in [-1, 1].

    Args:
        image_shape: (height, width, channels).
        latent_dim: Dimensions of z.
        width: Channels of the last hidden feature map; each one before has twice as many.
        num_classes: Makes the network take labels, (batch,), as its second input: one-hot, they
            are appended to z.
        noise_dropout: The share of each feature map's values to drop, by numbers that the network
            then takes as its last input, (batch, all those values), uniform: see
            `layers.NoiseDropout`.
        batch_norm: Whether there is any.
    """
    n = halvings(image_shape)
    height, base_width = image_shape[0] >> n, image_shape[1] >> n
    init = keras.initializers.RandomNormal(stddev=0.02)
    channels = width << (n - 1)
    sizes = [(height << i) * (base_width << i) * (channels >> i) for i in range(n)]
    inputs = [keras.Input((latent_dim,), name="z")]
    h = inputs[0]
    if num_classes is not None:
        inputs.append(keras.Input((), dtype="int32", name="labels"))
        h = layers.Concatenate()([h, one_hot(inputs[1], num_classes)])
    if noise_dropout:
        inputs.append(keras.Input((sum(sizes),), dtype="float32", name="dropout"))

    def activated(h, i):
        h = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h) if batch_norm else h)
        if noise_dropout:
            h = NoiseDropout(noise_dropout, first=sum(sizes[:i]))([h, inputs[-1]])
        return h

    h = layers.Dense(sizes[0], use_bias=not batch_norm, kernel_initializer=init)(h)
    h = activated(layers.Reshape((height, base_width, channels))(h), 0)
    for i in range(1, n):
        h = layers.Conv2DTranspose(
            channels >> i, 5, 2, "same", use_bias=not batch_norm, kernel_initializer=init
        )(h)
        h = activated(h, i)
    x = layers.Conv2DTranspose(
        image_shape[2], 5, 2, "same", activation="tanh", kernel_initializer=init, dtype="float32"
    )(h)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], x, name="generator")


def build_discriminator(
    image_shape: Sequence[int],
    width: int = 64,
    batch_norm: bool = True,
    name: str = "discriminator",
    num_classes: int | None = None,
) -> keras.Model:
    """Strided convolutions, each half the size and twice the channels, then one logit.

    Leaky ReLU throughout; batch norm after all convolutions but the first. With `num_classes`, it
    takes [x, labels], and a learned map of each class is appended to the image's channels.
    """
    init = keras.initializers.RandomNormal(stddev=0.02)
    inputs = h = keras.Input(image_shape, name="x")
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        plane = layers.Embedding(num_classes, image_shape[0] * image_shape[1])(labels)
        plane = layers.Reshape((*image_shape[:2], 1))(plane)
        inputs, h = [inputs, labels], layers.Concatenate()([h, plane])
    for i in range(halvings(image_shape)):
        normalized = batch_norm and i > 0
        h = layers.Conv2D(
            width << i, 5, 2, "same", use_bias=not normalized, kernel_initializer=init
        )(h)
        if normalized:
            h = layers.BatchNormalization(momentum=0.9)(h)
        h = layers.LeakyReLU(0.2)(h)
    logits = layers.Dense(1, kernel_initializer=init, dtype="float32")(layers.Flatten()(h))
    return keras.Model(inputs, logits, name=name)
