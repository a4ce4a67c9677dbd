"""Self-attention over the positions of a feature map."""

import keras
from keras import layers, ops

from keras_genzoo.layers.normalized_weights import normalized


@keras.saving.register_keras_serializable("keras_genzoo")
class SelfAttention(keras.layers.Layer):
    """x -> x + gamma * o, where at each position o is a mean of values at all positions: Zhang et
    al. (2018), arXiv:1805.08318.

    Position j weighs h(x_i) by the softmax over i of f(x_i)^T g(x_j), with f and g 1x1 convolutions
    to an eighth of the channels, h one to half of them, and o one more, back to all. gamma is
    learned and begins at 0, where the layer is the identity. Half of the channels is the authors'
    code's; the paper has an eighth for h as well.

    Shapes: (batch, height, width, channels), any batch. The weights are (height * width)^2 numbers
    an example; with `pool`, a quarter of that.

    Args:
        pool: Whether keys f and values h are those of the largest of 2x2 positions, as in the
            authors' code.
        normalization: Of the convolutions: "spectral", as in the paper, "weight" or None.
        **kwargs: Those of any Keras layer.
    """

    def __init__(self, pool: bool = False, normalization: str | None = "spectral", **kwargs):
        super().__init__(**kwargs)
        self.pool, self.normalization = pool, normalization

    def build(self, input_shape):
        channels = input_shape[-1]
        few, half = max(channels // 8, 1), max(channels // 2, 1)
        self.keys, self.queries = self._convolution(few, "keys"), self._convolution(few, "queries")
        self.values = self._convolution(half, "values")
        self.output_convolution = self._convolution(channels, "output")
        for convolution in (self.keys, self.queries, self.values):
            convolution.build(input_shape)
        self.output_convolution.build((*input_shape[:-1], half))
        self.gamma = self.add_weight(shape=(), initializer="zeros", name="gamma")

    def _convolution(self, channels: int, name: str) -> keras.Layer:
        convolution = layers.Conv2D(channels, 1, use_bias=False, name=name, dtype=self.dtype_policy)
        return normalized(convolution, self.normalization)

    def call(self, x):
        def rows(h, pooled=False):
            h = ops.max_pool(h, 2, 2, padding="same") if pooled else h
            return ops.reshape(h, (ops.shape(h)[0], -1, h.shape[-1]))

        keys, queries = rows(self.keys(x), self.pool), rows(self.queries(x))
        scores = ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))  # (batch, j, i)
        weights = ops.cast(ops.softmax(ops.cast(scores, "float32"), axis=-1), scores.dtype)
        o = ops.matmul(weights, rows(self.values(x), self.pool))
        o = ops.reshape(o, (*ops.shape(x)[:-1], o.shape[-1]))
        return x + self.gamma * self.output_convolution(o)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"pool": self.pool, "normalization": self.normalization}
        return {**super().get_config(), **own}
