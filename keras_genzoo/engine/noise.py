"""Random numbers: a stream that a model trains with, and the fixed draws that it samples from.

In a loop (`ops.fori_loop`, `ops.while_loop`) or a branch (`ops.cond`; `GenerativeModel.when` may
draw), draw from neither: backends trace a body once, so a fixed seed would repeat its numbers at
each turn, and JAX cannot carry a stream's state out. Fold a number before the loop, and its turn
inside:

    seed = seed.fold(0)
    ops.fori_loop(0, steps, lambda i, x: step(x, backends.normal(shape, seed.fold(i))), x)
"""

import keras
import numpy as np
from keras import ops

from keras_genzoo import backends

# Odd numbers below 2^32, so that a multiple of a word says which. Multiples of the first, 2^32 over
# the golden ratio, keep farthest apart: a million folds leave each 1900 draws of its own.
GOLDEN, OTHER = 0x9E3779B1, 0x85EBCA6B


def checked_seed(seed) -> int:
    """`seed`, if it is an integer in 0..2**63 - 1."""
    integer = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not integer or not 0 <= seed < 2**63:
        raise ValueError(f"Expected seed, an integer in 0..2**63 - 1 or None; got {seed!r}.")
    return int(seed)


class NoiseStream(keras.random.SeedGenerator):
    """The seeds of one model's training noise; its state is saved and restored with the weights.

    Under `tf.distribute` each replica draws noise of its own: its index is folded into the seed.
    """

    def next(self, ordered=True):
        seed = super().next(ordered)
        replica = backends.replica_index()
        if isinstance(replica, int) and replica == 0:
            return seed
        # 7919 is prime: neighbouring streams stay apart for as many draws.
        return seed + ops.cast(ops.stack([7919 * replica, 0 * replica]), seed.dtype)

    def fold(self, i) -> "FixedSeed":
        """Fixed draws for a loop, other ones each time: the stream moves on by one draw."""
        words = self.next()
        return FixedSeed.of_words(words[0], words[1], words.dtype).fold(i)


class FixedSeed(keras.random.SeedGenerator):
    """The draws of one seed: sampling inside a graph needs that.

    Draws count up in Python, so the same program with the same seed draws the same numbers.

    Args:
        seed: An integer in 0..2**63 - 1, or a tensor of one.
        dtype: Of the two words that a draw is made of.
    """

    def __init__(self, seed, dtype):
        # Not Keras's own constructor: it makes a variable, which no graph may do.
        dtype = keras.backend.standardize_dtype(dtype)
        # PyTorch's int32 has no room for a word without sign.
        self._dtype, self._draws = "int64" if dtype == "int32" else dtype, 0
        if not ops.is_tensor(seed):
            # On the host: on JAX tensors have 32 bits.
            seed = checked_seed(seed)
            low, high = seed % 2**31, seed // 2**31 * OTHER % 2**32
        elif keras.backend.standardize_dtype(seed.dtype) == "int64":
            low, high = seed % 2**31, seed // 2**31 * OTHER
        else:
            low, high = seed, 0
        self._low, self._high = low, high

    @classmethod
    def of_words(cls, low, high, dtype) -> "FixedSeed":
        seed = cls(0, dtype)
        seed._low, seed._high = low, high
        return seed

    def fold(self, i) -> "FixedSeed":
        """Draws of their own for `i`, 0 or more, which may be the traced turn of a loop."""
        words = self._low, self._high, i, GOLDEN, OTHER
        low, high, i, golden, other = map(self._word, words)
        # The first word's factor is even, since PyTorch adds the words up.
        return self.of_words(
            low + (i + 1) * (other - 1), high * other + (i + 1) * golden, self._dtype
        )

    def words(self):
        """The two words that say all of the seed, (2,): what `of_words` makes it of again."""
        return ops.stack([self._word(self._low), self._word(self._high)])

    def next(self, ordered=True):
        self._draws += 1
        high = self._word(self._high) + self._word(self._draws - 1)
        return ops.stack([self._word(self._low), high])

    def _word(self, value):
        return ops.cast(value, self._dtype)
