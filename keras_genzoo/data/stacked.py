"""Stacked digits: colour images whose three channels are digits, 1000 modes that can be counted."""

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.support.checks import whole_number

NUM_DIGITS = 10
NUM_MODES = NUM_DIGITS**3


def stack_digits(
    x: ArrayLike, y: ArrayLike, n: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Digits drawn independently for red, green and blue, as "stacked MNIST" has them.

    Metz et al. (2017), arXiv:1611.02163; Srivastava et al. (2017), arXiv:1705.07761. Where each
    digit is about a tenth of `x`, the 1000 modes are about equally likely.

    Args:
        x: Grey digits uint8 (m, height, width, 1).
        y: Their labels (m,), integers 0..9.
        n: How many to make.
        seed: The same seed makes the same images.

    Returns:
        Images uint8 (n, height, width, 3) and modes int32 (n,), 100 red + 10 green + blue.

    Raises:
        ValueError: Images of another dtype or shape, labels that are no digits or not one for each
            image, `n` not positive.

    ```python
    from keras_genzoo.data.stacked import stack_digits

    digits = zoo.data.load("mnist", "train", labels=True)
    x, y = stack_digits(digits.x, digits.y, 128_000)
    train = zoo.data.Batches(x, name="stacked_mnist/train")
    ```
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype != np.uint8 or x.ndim != 4 or x.shape[-1] != 1 or len(x) == 0:
        raise ValueError(
            f"Expected grey digits uint8 (m, height, width, 1); got {x.dtype} {x.shape}."
        )
    if y.shape != (len(x),) or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= NUM_DIGITS:
        raise ValueError(
            f"Expected {len(x)} labels in 0..{NUM_DIGITS - 1}; got {y.dtype} {y.shape}"
            + (f" in {y.min()}..{y.max()}." if y.size and y.dtype.kind in "iu" else ".")
        )
    n = whole_number("n", n)
    chosen = np.random.default_rng(seed).integers(len(x), size=(n, 3))
    images = np.stack([x[index, ..., 0] for index in chosen.T], axis=-1)
    return images, (y[chosen].astype(np.int32) @ [100, 10, 1]).astype(np.int32)
