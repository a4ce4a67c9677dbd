"""The coupling layer of NICE."""

import keras


@keras.saving.register_keras_serializable("keras_genzoo")
class AdditiveCoupling(keras.layers.Layer):
    """(a, b) -> (a, b + m(a)): volume-preserving, and undone by subtracting m(a).

    Dinh, Krueger and Bengio (2014), arXiv:1410.8516.

    Batch norm in the network works with the batch's statistics in training, with its own moving
    averages otherwise; `inverse` undoes the latter.

    Args:
        network: m, any network from (batch, features of a) to (batch, features of b).
    """

    def __init__(self, network: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.built = True

    def call(self, a, b, training=None):
        return a, b + keras.ops.cast(self.network(a, training=training), b.dtype)

    def inverse(self, a, b):
        return a, b - keras.ops.cast(self.network(a, training=False), b.dtype)

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config.pop("network"))
        return cls(network, **config)
