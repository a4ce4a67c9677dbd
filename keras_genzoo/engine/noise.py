"""Random numbers: a stream that a model trains with, and the fixed draws that it samples from."""

import keras
from keras import ops

from keras_genzoo.engine import gradients


class NoiseStream(keras.random.SeedGenerator):
    """The seeds of one model's training noise; its state is saved and restored with the weights.

    Under `tf.distribute` each replica draws noise of its own: its index is folded into the seed.
    """

    def next(self, ordered=True):
        seed = super().next(ordered)
        replica = gradients.replica_index()
        if isinstance(replica, int) and replica == 0:
            return seed
        # 7919 is prime: neighbouring streams stay apart for as many draws.
        return seed + ops.cast(ops.stack([7919 * replica, 0 * replica]), seed.dtype)


class FixedSeed(keras.random.SeedGenerator):
    """The draws of one seed, which may be a tensor: sampling inside a graph needs that.

    Draws count up in Python, so the same program with the same seed draws the same numbers.
    """

    def __init__(self, seed, dtype):
        # Not Keras's own constructor: it makes a variable, which no graph may do.
        self._seed, self._dtype, self._draws = seed, dtype, 0

    def next(self, ordered=True):
        seed = ops.cast(self._seed, self._dtype)
        self._draws += 1
        return ops.stack([seed, ops.full_like(seed, self._draws - 1)])


def draw(kind: str, shape, seed):
    """Draws float32 noise of a named distribution.

    Args:
        kind: "normal" N(0, 1), "uniform" U[0, 1), "symmetric_uniform" U[-1, 1) or
            "logistic" (location 0, scale 1).
        shape: Shape of the draw; its first entry may be a tensor.
        seed: A `keras.random.SeedGenerator`.
    """
    if kind == "normal":
        return gradients.normal(shape, seed)
    u = gradients.uniform(shape, seed)
    if kind == "uniform":
        return u
    if kind == "symmetric_uniform":
        return 2.0 * u - 1.0
    if kind == "logistic":
        # The inverse of the sigmoid; u = 0 or 1 would be infinite.
        u = ops.clip(u, 1e-7, 1.0 - 1e-7)
        return ops.log(u) - ops.log1p(-u)
    raise ValueError(f"Unknown noise {kind!r}.")
