"""How networks are told a class: batch norm by class in generators, projection in judges."""

import keras
from keras import layers, ops

from keras_genzoo.layers.normalized_weights import normalized
from keras_genzoo.support.checks import whole_number


@keras.saving.register_keras_serializable("keras_genzoo")
class ConditionalBatchNorm(keras.layers.Layer):
    """Batch norm whose gain and bias depend on a condition: [h, condition] -> gain * h^ + bias.

    The statistics are those of the whole batch, whatever the conditions in it. Of classes: Dumoulin
    et al. (2016), arXiv:1610.07629, with a gain and a bias for each, 1 and 0 at first. Of vectors:
    Brock et al. (2018), arXiv:1809.11096, with gain 1 + A c and bias B c.

    Shapes: h (batch, ..., channels); condition labels (batch,), or vectors (batch, size).

    Args:
        num_classes: How many classes there are; None where conditions are vectors.
        normalization: Of A and B: "spectral", "weight" or None.
        momentum: Of the moving averages.
        **kwargs: Those of any Keras layer.
    """

    def __init__(
        self,
        num_classes: int | None = None,
        normalization: str | None = None,
        momentum: float = 0.9,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if num_classes is not None:
            whole_number("num_classes", num_classes, least=2)
        self.num_classes, self.normalization, self.momentum = num_classes, normalization, momentum

    def build(self, input_shape):
        of_h, of_condition = input_shape
        channels, dtype = of_h[-1], self.dtype_policy
        self.batch_norm = layers.BatchNormalization(
            momentum=self.momentum, center=False, scale=False, dtype=dtype
        )
        self.batch_norm.build(of_h)
        if self.num_classes is not None:
            self.gain = layers.Embedding(self.num_classes, channels, "ones", dtype=dtype)
            self.bias = layers.Embedding(self.num_classes, channels, "zeros", dtype=dtype)
        else:
            how = {"use_bias": False, "kernel_initializer": "orthogonal", "dtype": dtype}
            self.gain = normalized(layers.Dense(channels, **how), self.normalization)
            self.bias = normalized(layers.Dense(channels, **how), self.normalization)
        self.gain.build(of_condition)
        self.bias.build(of_condition)

    def call(self, inputs):
        h, condition = inputs
        gain, bias = self.gain(condition), self.bias(condition)
        if self.num_classes is None:
            gain = 1.0 + gain
        shape = (-1,) + (1,) * (len(h.shape) - 2) + (h.shape[-1],)
        h = self.batch_norm(h)
        return h * ops.reshape(gain, shape) + ops.reshape(bias, shape)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        own = {
            "num_classes": self.num_classes,
            "normalization": self.normalization,
            "momentum": self.momentum,
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keras_genzoo")
class Projection(keras.layers.Layer):
    """A judge's last layer: h -> psi(h), and, told the class y, [h, y] -> psi(h) + v_y . h: Miyato
    and Koyama (2018), arXiv:1802.05637. psi is linear, v_y a learned vector of each class.

    Shapes: h (batch, size), y (batch,); logits (batch, 1), float32.

    Args:
        num_classes: How many there are; None for a judge that is not told the class.
        normalization: Of psi and v: "spectral", "weight" or None.
        kernel_initializer: Of both; None for Keras's.
        **kwargs: Those of any Keras layer.
    """

    def __init__(
        self,
        num_classes: int | None = None,
        normalization: str | None = "spectral",
        kernel_initializer: str | None = None,
        **kwargs,
    ):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.num_classes, self.normalization = num_classes, normalization
        self.kernel_initializer = kernel_initializer

    def build(self, input_shape):
        of_h = input_shape if self.num_classes is None else input_shape[0]
        init = self.kernel_initializer
        dtype = self.dtype_policy
        psi = layers.Dense(1, kernel_initializer=init or "glorot_uniform", dtype=dtype)
        self.psi = normalized(psi, self.normalization)
        self.psi.build(of_h)
        if self.num_classes is not None:
            classes = layers.Embedding(self.num_classes, of_h[-1], init or "uniform", dtype=dtype)
            self.classes = normalized(classes, self.normalization)
            self.classes.build((None,))

    def call(self, inputs):
        if self.num_classes is None:
            return self.psi(inputs)
        h, labels = inputs
        return self.psi(h) + ops.sum(self.classes(labels) * h, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        of_h = input_shape if self.num_classes is None else input_shape[0]
        return of_h[0], 1

    def get_config(self):
        own = {
            "num_classes": self.num_classes,
            "normalization": self.normalization,
            "kernel_initializer": self.kernel_initializer,
        }
        return {**super().get_config(), **own}
