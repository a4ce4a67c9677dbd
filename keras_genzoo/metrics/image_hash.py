"""By which it is seen that two scores are of the same examples."""

import hashlib
from typing import Self

import numpy as np


class ImageHash:
    """A hash of examples in any order, which they may come in batch by batch.

    `str` of it is what a score's protocol holds as `real_hash`.
    """

    def __init__(self):
        self._sum = 0

    def add(self, examples: np.ndarray) -> Self:
        """Takes more examples, (n, ...)."""
        for example in examples:
            digest = hashlib.blake2b(example.tobytes(), digest_size=8).digest()
            self._sum += int.from_bytes(digest)
        return self

    def __str__(self):
        return f"{self._sum % 2**64:016x}"
