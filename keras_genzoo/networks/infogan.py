"""The networks of InfoGAN for MNIST, arXiv:1606.03657, of other sizes and of vectors, too."""

import math
from collections.abc import Sequence

import keras
from keras import layers

from keras_genzoo.networks.dcgan import halvings


def build_generator(
    shape: Sequence[int], latent_dim: int, code_size: int, width: int
) -> keras.Model:
    """z and codes, joined -> 16 width units -> a map -> transposed convolutions, each twice the
    size; batch norm and ReLU after all but the last. Vectors: two layers of 16 width units.
    """
    inputs = [keras.Input((latent_dim,), name="z"), keras.Input((code_size,), name="codes")]
    init = keras.initializers.RandomNormal(stddev=0.02)

    def activated(h):
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h))

    h = layers.Concatenate()(inputs)
    h = activated(layers.Dense(16 * width, kernel_initializer=init)(h))
    if len(shape) == 1:
        h = activated(layers.Dense(16 * width, kernel_initializer=init)(h))
        x = layers.Dense(shape[0], kernel_initializer=init, dtype="float32")(h)
        return keras.Model(inputs, x, name="generator")
    n = halvings(shape)
    first = (shape[0] >> n, shape[1] >> n, width << (n - 1))
    h = activated(layers.Dense(math.prod(first), kernel_initializer=init)(h))
    h = layers.Reshape(first)(h)
    for i in reversed(range(n - 1)):
        h = layers.Conv2DTranspose(width << i, 4, 2, "same", kernel_initializer=init)(h)
        h = activated(h)
    x = layers.Conv2DTranspose(
        shape[2], 4, 2, "same", activation="tanh", kernel_initializer=init, dtype="float32"
    )(h)
    return keras.Model(inputs, x, name="generator")


def build_discriminator(shape: Sequence[int], outputs: int, width: int) -> keras.Model:
    """x -> strided convolutions -> 16 width units, and from there both the logit and, through
    2 width units more, what Q says of the codes.

    Leaky ReLU, and batch norm after all but the first convolution. Of vectors the convolutions are
    one layer of 16 width units.
    """
    init = keras.initializers.RandomNormal(stddev=0.02)

    def activated(h, normalized=True):
        h = layers.BatchNormalization(momentum=0.9)(h) if normalized else h
        return layers.LeakyReLU(0.1)(h)

    x = keras.Input(shape, name="x")
    if len(shape) == 1:
        h = activated(layers.Dense(16 * width, kernel_initializer=init)(x), normalized=False)
    else:
        h = x
        for i in range(halvings(shape)):
            h = layers.Conv2D(width << i, 4, 2, "same", kernel_initializer=init)(h)
            h = activated(h, normalized=i > 0)
        h = layers.Flatten()(h)
    h = activated(layers.Dense(16 * width, kernel_initializer=init)(h))
    logits = layers.Dense(1, kernel_initializer=init, dtype="float32", name="logits")(h)
    h = activated(layers.Dense(2 * width, kernel_initializer=init)(h))
    q = layers.Dense(outputs, kernel_initializer=init, dtype="float32", name="recognition")(h)
    return keras.Model(x, [logits, q], name="discriminator")
