"""The coupling layer of NICE."""

import keras

from keras_genzoo.probability.bijectors import Bijector
from keras_genzoo.support.types import Tensor


@keras.saving.register_keras_serializable("keras_genzoo")
class AdditiveCoupling(keras.layers.Layer, Bijector):
    """(a, b) -> (a, b + m(a)): volume-preserving, and undone by subtracting m(a).

    Dinh, Krueger and Bengio (2014), arXiv:1410.8516.

    Batch norm in the network works with the batch's statistics in training, with its own moving
    averages otherwise; `inverse` undoes the latter. In mixed precision the network alone computes
    in half precision.

    Args:
        network: m, any network from (batch, features of a) to (batch, features of b).
    """

    def __init__(self, network: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.built = True

    def call(self, halves, training=None):
        return self.forward_and_log_det(halves, training)[0]

    def forward_and_log_det(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        a, b = x
        return (a, b + self._shift(a, b, training)), 0.0

    def inverse(self, y: Tensor) -> Tensor:
        a, b = y
        return a, b - self._shift(a, b, training=False)

    def _shift(self, a, b, training):
        return keras.ops.cast(self.network(a, training=training), b.dtype)

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config.pop("network"))
        return cls(network, **config)
