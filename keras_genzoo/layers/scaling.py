"""A diagonal that lets a flow change volumes."""

import keras
from keras import ops

from keras_genzoo.probability.bijectors import Bijector
from keras_genzoo.support.types import Tensor


@keras.saving.register_keras_serializable("keras_genzoo")
class Scaling(keras.layers.Layer, Bijector):
    """h -> exp(s) h, with a learned s for each feature that begins at 0; log-determinant sum(s)."""

    def build(self, input_shape):
        self.log_scale = self.add_weight(
            shape=(input_shape[-1],), initializer="zeros", name="log_scale", dtype="float32"
        )

    def call(self, h):
        return h * ops.exp(self.log_scale)

    def forward_and_log_det(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        return self(x), ops.sum(self.log_scale)

    def inverse(self, y: Tensor) -> Tensor:
        return y * ops.exp(-self.log_scale)
