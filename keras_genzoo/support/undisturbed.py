"""Measuring that leaves the random numbers of whoever measures as they were."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Puts Python's and NumPy's global random states back at the end.

    Keras takes the seeds of new layers from the one, `fit` the order of an array from the other:
    a model that is built or trained inside would change what comes after.
    """
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
