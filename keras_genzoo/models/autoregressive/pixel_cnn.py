"""PixelCNN: van den Oord, Kalchbrenner and Kavukcuoglu (2016), Pixel Recurrent Neural Networks,
arXiv:1601.06759.
"""

from collections.abc import Sequence

import keras
from keras import layers, ops

from keras_genzoo.engine import DataSpec
from keras_genzoo.engine.adopt import LOGITS, adopt
from keras_genzoo.layers import MaskedConv2D
from keras_genzoo.models.autoregressive.autoregressive import Autoregressive
from keras_genzoo.probability.observations import Categorical
from keras_genzoo.probability.pixels import GreyValues
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.types import Tensor


def build_network(image_shape, levels, num_blocks=15, width=128) -> keras.Model:
    """7x7 mask A -> residual blocks of mask B -> two 1x1 layers -> logits for each value.

    A block is ReLU, 1x1 to `width`, ReLU, 3x3, ReLU, 1x1 back to twice that, plus its input.
    """
    channels = image_shape[-1]

    def masked(filters, size, mask_type="B", **kwargs):
        return MaskedConv2D(filters, size, mask_type=mask_type, image_channels=channels, **kwargs)

    x = keras.Input(image_shape)
    h = masked(2 * width, 7, "A")(x)
    for _ in range(num_blocks):
        r = masked(width, 1)(layers.ReLU()(h))
        r = masked(width, 3)(layers.ReLU()(r))
        r = masked(2 * width, 1)(layers.ReLU()(r))
        h = layers.Add()([h, r])
    for _ in range(2):
        h = masked(2 * width, 1)(layers.ReLU()(h))
    h = masked(channels * levels, 1, dtype="float32")(layers.ReLU()(h))
    # Features of one image channel lie together.
    return keras.Model(x, layers.Reshape((*image_shape, levels), dtype="float32")(h))


@keras.saving.register_keras_serializable("keras_genzoo")
class PixelCNN(Autoregressive):
    """An autoregressive model: each pixel's distribution given those above and to the left.

    Objective: maximize log p(x) = sum_i log p(x_i | x_1, ..., x_{i-1}), pixels in reading order,
    channels of a pixel one after the other; exact, all terms in one pass of masked convolutions.
    A sample takes a pass through the whole network for each pixel and channel, 784 of them for a
    28x28 image: with the paper's network that is half a minute for one image on two processor
    cores, with the example's below seconds for 16. `sample` shows its progress.

    Shapes: images uint8 (batch, height, width, channels) in 0..255; logits (batch, height, width,
    channels, levels).

    Args:
        image_shape: (height, width, channels).
        levels: Values that a pixel takes. 256: the pixels as they are. 2: binary, drawn anew
            each time an image is seen, 1 with probability pixel / 255 (dynamic binarization);
            images of 0 and 255 alone stay as they are. Any other: the nearest of as many grey
            values from 0 to 255. The likelihood is that of the image in these values.
        num_blocks: Residual blocks.
        width: Features inside a block; between blocks there are twice as many.
        network: A network of your own, images in [-1, 1] -> logits. It must not look ahead.
        **kwargs: `name`, `dtype`.

    Logs: `nll`, in nats, and `bits_per_dim`; `loss` is the `nll`.

    Raises:
        ValueError: `levels` outside 2..256; fewer features than image channels.

    Departures from the paper: it states no learning rate for RMSprop; here it is 1e-3.

    Example:
        ```python
        model = zoo.PixelCNN(image_shape=(28, 28, 1), levels=2, num_blocks=5, width=32)
        model.compile()
        model.fit(zoo.data.load("mnist", batch_size=16), epochs=10)
        images = model.sample(16, seed=0)
        ```

    Reference: arXiv:1601.06759.
    """

    averaged_networks = ("network",)

    def __init__(
        self,
        image_shape: Sequence[int] = (32, 32, 3),
        levels: int = 256,
        num_blocks: int = 15,
        width: int = 128,
        network: keras.Model | None = None,
        **kwargs,
    ):
        if not 2 <= whole_number("levels", levels) <= 256:
            raise ValueError(f"Expected levels in 2..256; got {levels}.")
        super().__init__(DataSpec.of(image_shape), Categorical(GreyValues(levels)), **kwargs)
        channels = self.spec.shape[-1]
        if width < channels:
            raise ValueError(
                f"Expected width >= {channels}, a feature for each channel; got {width}."
            )
        self.levels, self.num_blocks, self.width = levels, num_blocks, width
        self.remember_injected(network=network)
        shape = self.spec.shape
        with self.own_precision():
            self.network = adopt(
                network or build_network(shape, levels, num_blocks, width),
                "network",
                shape,
                (*shape, levels),
                LOGITS,
            )

    def networks(self) -> dict[str, list]:
        return {"network": self.network.trainable_variables}

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {"network": keras.optimizers.RMSprop(1e-3)}

    def logits(self, values: Tensor, training: bool = False) -> Tensor:
        y = ops.cast(values, "float32") * (2.0 / (self.levels - 1)) - 1.0
        network = self.in_use("network", training)
        return ops.cast(network(y, training=training), "float32")
