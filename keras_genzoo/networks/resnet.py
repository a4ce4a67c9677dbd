"""Residual networks of GANs, as SNGAN has them for 32x32 images, arXiv:1802.05957.

Those of SAGAN and BigGAN are made of the same blocks.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from keras_genzoo.layers import ConditionalBatchNorm, Projection, SelfAttention
from keras_genzoo.layers.normalized_weights import normalized
from keras_genzoo.networks.dcgan import halvings

# Glorot's uniform with twice the variance, as the authors of SNGAN start their convolutions.
TWICE_GLOROT = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_avg"}}
LAST_SIDE = 8  # pixels of a discriminator's last feature map, about


class Blocks:
    """Makers of blocks that share how kernels are normalized and initialized.

    Args:
        normalization: "spectral", "weight" or None.
        initializer: Of the kernels in the blocks.
        shortcut_initializer: Of those beside them, and of all others; None for the same.
    """

    def __init__(
        self,
        normalization: str | None = None,
        initializer: Any = TWICE_GLOROT,
        shortcut_initializer: Any = "glorot_uniform",
    ):
        self.normalization, self.initializer = normalization, initializer
        self.shortcut_initializer = shortcut_initializer or initializer

    def convolution(self, channels: int, size: int, **how) -> keras.Layer:
        """A convolution that keeps the size of its map."""
        initializer = self.initializer if size > 1 else self.shortcut_initializer
        made = layers.Conv2D(
            channels, size, padding="same", **{"kernel_initializer": initializer, **how}
        )
        return normalized(made, self.normalization)

    def dense(self, units: int, **how) -> keras.Layer:
        """A linear layer."""
        made = layers.Dense(units, kernel_initializer=self.shortcut_initializer, **how)
        return normalized(made, self.normalization)

    def up(self, h: Any, channels: int, batch_norm: Callable) -> Any:
        """Twice the size: batch norm, ReLU, doubling, convolution, batch norm, ReLU, convolution;
        beside them doubling and a 1x1 convolution.
        """
        beside = self.convolution(channels, 1)(layers.UpSampling2D(2)(h))
        h = layers.UpSampling2D(2)(layers.ReLU()(batch_norm(h)))
        h = layers.ReLU()(batch_norm(self.convolution(channels, 3)(h)))
        return layers.Add()([self.convolution(channels, 3)(h), beside])

    def first_down(self, x: Any, channels: int) -> Any:
        """Half the size, of an image: convolution, ReLU, convolution, mean of each 2x2; beside them
        the mean and a 1x1 convolution.
        """
        beside = self.convolution(channels, 1)(layers.AveragePooling2D(2)(x))
        h = self.convolution(channels, 3)(layers.ReLU()(self.convolution(channels, 3)(x)))
        return layers.Add()([layers.AveragePooling2D(2)(h), beside])

    def down(self, h: Any, channels: int, halved: bool = True) -> Any:
        """ReLU, convolution, ReLU, convolution, and where it is halved the mean of each 2x2;
        beside them a 1x1 convolution, where size or channels differ.
        """
        beside = h
        if halved or h.shape[-1] != channels:
            beside = self.convolution(channels, 1)(h)
        h = self.convolution(channels, 3)(layers.ReLU()(h))
        h = self.convolution(channels, 3)(layers.ReLU()(h))
        if halved:
            h, beside = layers.AveragePooling2D(2)(h), layers.AveragePooling2D(2)(beside)
        return layers.Add()([h, beside])


def build_generator(
    image_shape: Sequence[int],
    latent_dim: int,
    width: int,
    num_classes: int | None = None,
    *,
    blocks: Blocks | None = None,
    attention: bool = False,
) -> keras.Model:
    """z -> 4x4 (7x7 for 28x28) -> residual blocks, each twice the size -> images in [-1, 1].

    Args:
        image_shape: (height, width, channels); sides must halve.
        latent_dim: Dimensions of z.
        width: Channels of all feature maps.
        num_classes: Makes the network take labels as its second input: batch norm is by class.
        blocks: How kernels are made; None for SNGAN's, which are not normalized here.
        attention: Whether there is self-attention at half the image's size.
    """
    blocks = blocks or Blocks()
    n = halvings(image_shape)
    base = (image_shape[0] >> n, image_shape[1] >> n, width)
    inputs = [keras.Input((latent_dim,), name="z")]
    if num_classes is not None:
        inputs.append(keras.Input((), dtype="int32", name="labels"))

    def batch_norm(h):
        if num_classes is None:
            return layers.BatchNormalization(momentum=0.9)(h)
        return ConditionalBatchNorm(num_classes)([h, inputs[1]])

    h = layers.Reshape(base)(blocks.dense(base[0] * base[1] * width)(inputs[0]))
    for i in range(n):
        if attention and i == n - 1:
            h = SelfAttention(normalization=blocks.normalization)(h)
        h = blocks.up(h, width, batch_norm)
    return keras.Model(
        inputs if len(inputs) > 1 else inputs[0],
        to_pixels(blocks, h, image_shape[2]),
        name="generator",
    )


def to_pixels(blocks: Blocks, h: Any, channels: int) -> Any:
    """The end of a generator: batch norm, ReLU, convolution, tanh."""
    h = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h))
    return blocks.convolution(
        channels,
        3,
        kernel_initializer=blocks.shortcut_initializer,
        activation="tanh",
        dtype="float32",
    )(h)


def build_discriminator(
    image_shape: Sequence[int],
    width: int,
    num_classes: int | None = None,
    *,
    blocks: Blocks | None = None,
    attention: bool = False,
    name: str = "discriminator",
) -> keras.Model:
    """Residual blocks, halving down to some 8x8, and two more -> sum over positions -> a logit.

    Args:
        image_shape: (height, width, channels); sides must halve.
        width: Channels of all feature maps.
        num_classes: Makes the network take labels as its second input, by projection.
        blocks: How kernels are made; None for SNGAN's, with spectral norm.
        attention: Whether there is self-attention at half the image's size.
        name: Of the network.
    """
    blocks = blocks or Blocks("spectral")
    inputs = [keras.Input(image_shape, name="x")]
    halvings(image_shape)  # or an error
    h = blocks.first_down(inputs[0], width)
    if attention:
        h = SelfAttention(normalization=blocks.normalization)(h)
    side = max(image_shape[:2]) // 2
    while side > LAST_SIDE:
        h, side = blocks.down(h, width), side // 2
    for _ in range(2):
        h = blocks.down(h, width, halved=False)
    h = summed(layers.ReLU()(h))
    if num_classes is not None:
        inputs.append(keras.Input((), dtype="int32", name="labels"))
        h = [h, inputs[1]]
    logits = Projection(
        num_classes, blocks.normalization, kernel_initializer=blocks.shortcut_initializer
    )(h)
    return keras.Model(inputs if num_classes is not None else inputs[0], logits, name=name)


def summed(h: Any) -> Any:
    """The sum over positions, float32."""
    return keras.ops.sum(keras.ops.cast(h, "float32"), axis=(1, 2))
