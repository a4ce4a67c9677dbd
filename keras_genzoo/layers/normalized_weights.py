"""Spectral and weight normalization: of a layer's kernel, each time that it is used."""

import keras
from keras import ops

from keras_genzoo.support.names import known
from keras_genzoo.support.types import Tensor


class NormalizedWeights(keras.layers.Wrapper):
    """Runs a layer with a function of its kernel in the kernel's place; gradients go through it.

    The layer's own kernel stays as free as without: optimizers move it, and nothing else does.

    Args:
        layer: One with a `kernel`, Dense or a convolution of whatever kind, or `embeddings`.
        **kwargs: Those of any Keras layer.

    Raises:
        ValueError: When it is built, for a layer without either.
    """

    def __init__(self, layer: keras.Layer, **kwargs):
        kwargs.setdefault("dtype", layer.dtype_policy)
        super().__init__(layer, **kwargs)

    def build(self, input_shape=None):
        super().build(input_shape)
        names = {v.name: v for v in self.layer.trainable_variables}
        found = names.get("kernel", names.get("embeddings"))
        if found is None or len(found.shape) < 2:
            raise ValueError(
                f"Expected a layer with a kernel or embeddings; got {self.layer.name!r} with "
                f"{list(names)}. Wrap Dense, convolutions or Embedding, each by itself."
            )
        self.normalized = found

    def normalize(self, w: Tensor, training: bool) -> Tensor:
        """What to use in place of the kernel, of the kernel as a matrix (-1, units), float32."""
        raise NotImplementedError

    def kernel_in_use(self, training: bool = False) -> Tensor:
        """What the layer multiplies by: the kernel's shape, float32."""
        w = ops.reshape(ops.cast(self.normalized.value, "float32"), (-1, self.normalized.shape[-1]))
        return ops.reshape(self.normalize(w, training), self.normalized.shape)

    def call(self, inputs, training=False):
        used = self.kernel_in_use(training)
        # Inside, the layer's other variables have the values that they have here.
        values = [
            (v, used if v is self.normalized else v.value) for v in self.layer.trainable_variables
        ]
        with keras.StatelessScope(values):
            return self.layer.call(inputs)

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)


@keras.saving.register_keras_serializable("keras_genzoo")
class SpectralNorm(NormalizedWeights):
    """A layer whose kernel W is divided by its largest singular value: W / sigma(W), Miyato et al.
    (2018), arXiv:1802.05957.

    As a matrix of all but its last axis by its last, W then stretches no vector. The singular
    vectors come from power iteration, which goes on where the last call in training left it: a
    network that runs twice in a step, on real examples and on fakes, takes two turns. Gradients go
    through sigma = v^T W u, with u and v as constants, as the paper's do. At first u is random, and
    sigma too small: it takes some turns until it is the largest one.

    Args:
        layer: One with a `kernel`, or `embeddings`.
        iterations: Turns of power iteration in a call in training.
        **kwargs: Those of any Keras layer.
    """

    def __init__(self, layer: keras.Layer, iterations: int = 1, **kwargs):
        super().__init__(layer, **kwargs)
        self.iterations = iterations

    def build(self, input_shape=None):
        super().build(input_shape)
        self.u = self.add_weight(
            shape=(self.normalized.shape[-1], 1),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            dtype="float32",
            trainable=False,
            autocast=False,
            aggregation="mean",
            name="u",
        )

    def normalize(self, w: Tensor, training: bool) -> Tensor:
        # With v = W u / |W u| and |u| = 1, sigma = v^T W u is |W u|, and so is its gradient by W.
        # A turn goes on to u = W^T v / |W^T v|, where it is |W^T v|.
        u = ops.convert_to_tensor(self.u.value)
        if not training:
            return w / _length(ops.matmul(w, u / _length(u)))  # of draws at first, or a mean
        for _ in range(self.iterations):
            v = ops.stop_gradient(ops.matmul(w, u))
            p = ops.matmul(ops.transpose(v / _length(v)), w)
            sigma = _length(p)
            u = ops.stop_gradient(ops.transpose(p / sigma))
        self.u.assign(u)
        return w / sigma

    def get_config(self):
        return {**super().get_config(), "iterations": self.iterations}


@keras.saving.register_keras_serializable("keras_genzoo")
class WeightNorm(NormalizedWeights):
    """A layer whose kernel has columns of learned lengths: g v / ||v||, Salimans and Kingma (2016),
    arXiv:1602.07868.

    At first the lengths g are those of the kernel's columns, so that nothing changes.

    Args:
        layer: One with a `kernel`, or `embeddings`.
        **kwargs: Those of any Keras layer.
    """

    def build(self, input_shape=None):
        super().build(input_shape)
        w = ops.reshape(self.normalized.value, (-1, self.normalized.shape[-1]))
        self.gain = self.add_weight(
            shape=(self.normalized.shape[-1],),
            initializer=lambda shape, dtype=None: ops.cast(_lengths(w), dtype),
            dtype="float32",
            autocast=False,
            name="gain",
        )

    def normalize(self, w: Tensor, training: bool) -> Tensor:
        return ops.convert_to_tensor(self.gain.value) * w / _lengths(w)


KINDS = {"spectral": SpectralNorm, "weight": WeightNorm}


def normalized(layer: keras.Layer, kind: str | None) -> keras.Layer:
    """The layer with "spectral" or "weight" normalization; itself with None."""
    if kind is None:
        return layer
    known("normalization", kind, KINDS)
    return KINDS[kind](layer)


def _length(x: Tensor) -> Tensor:
    return ops.sqrt(ops.sum(ops.square(x)) + 1e-12)


def _lengths(w: Tensor) -> Tensor:
    return ops.sqrt(ops.sum(ops.square(w), axis=0) + 1e-12)
