"""The masked convolution of PixelRNN and PixelCNN."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("keras_genzoo")
class MaskedConv2D(keras.layers.Conv2D):
    """A convolution that sees only pixels above, and to the left in the same row.

    At the pixel itself, mask "A" lets a channel see the image's channels before it, "B" also the
    same channel: R, then G given R, then B given both. Features belong to image channels in equal
    contiguous groups. Van den Oord, Kalchbrenner and Kavukcuoglu (2016), arXiv:1601.06759.

    Args:
        mask_type: "A" for the first layer, which must not see its own pixel, "B" for all others.
        image_channels: Channels of the image.
        filters, kernel_size, **kwargs: Those of `keras.layers.Conv2D`; the padding is "same".
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        *,
        mask_type: str,
        image_channels: int = 1,
        **kwargs,
    ):
        if mask_type not in ("A", "B"):
            raise ValueError(f'Expected mask_type "A" or "B"; got {mask_type!r}.')
        super().__init__(filters, kernel_size, **{"padding": "same", **kwargs})
        self.mask_type, self.image_channels = mask_type, image_channels

    def build(self, input_shape):
        super().build(input_shape)
        rows, columns, inputs, outputs = self.kernel.shape
        # The image channel that each feature belongs to.
        group_in = np.arange(inputs) * self.image_channels // inputs
        group_out = np.arange(outputs) * self.image_channels // outputs
        mask = np.zeros(self.kernel.shape, "float32")
        mask[: rows // 2] = 1.0
        mask[rows // 2, : columns // 2] = 1.0
        before = np.less if self.mask_type == "A" else np.less_equal
        mask[rows // 2, columns // 2] = before(group_in[:, None], group_out[None, :])
        self.mask = mask

    def convolution_op(self, inputs, kernel):
        return super().convolution_op(inputs, kernel * ops.cast(self.mask, kernel.dtype))

    def get_config(self):
        own = {"mask_type": self.mask_type, "image_channels": self.image_channels}
        return {**super().get_config(), **own}
