"""Checks of what a metric is given; each names what was expected and what came."""

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.support.checks import chunks, finite


def features(x: ArrayLike, what: str, metric: str, least: int = 1) -> np.ndarray:
    """`x` as an array (n, d) of at least `least` rows of finite real numbers, not copied."""
    x = _numbers(x, what)
    if x.ndim != 2 or x.shape[1] == 0:
        hint = " Flatten it: x.reshape(len(x), -1)." if x.ndim > 2 else ""
        raise ValueError(f"Expected {what} of shape (n, d); got {x.shape}.{hint}")
    enough(len(x), what, metric, least)
    finite(x, what)
    return x


def feature_pair(
    real: ArrayLike, fake: ArrayLike, metric: str, least_real: int, least_fake: int
) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of `features`, (n, d) and (m, d), of the same extractor as far as d tells."""
    real = features(real, "real features", metric, least_real)
    fake = features(fake, "fake features", metric, least_fake)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"Expected real and fake features of the same size; got {real.shape[1]} and "
            f"{fake.shape[1]}. Both must come from one extractor."
        )
    return real, fake


def flat(x: ArrayLike, what: str, metric: str, least: int = 1) -> np.ndarray:
    """Images (n, ...) or features (n, d), as `features` with the rest of the axes flattened."""
    x = _numbers(x, what)
    if x.ndim < 2:
        raise ValueError(f"Expected {what} of shape (n, ...); got {x.shape}.")
    return features(x.reshape(len(x), int(np.prod(x.shape[1:]))), what, metric, least)


def same_examples(metric: str, **arrays: tuple[ArrayLike, int]) -> list[np.ndarray]:
    """The `flat` arrays, each given with its least count, of one shape and one scale."""
    given = {what: np.asarray(x) for what, (x, _) in arrays.items()}
    checked = [flat(given[what], what, metric, least) for what, (_, least) in arrays.items()]
    shapes = {what: x.shape[1:] for what, x in given.items()}
    if len(set(shapes.values())) > 1:
        got = ", ".join(f"{what} {shape}" for what, shape in shapes.items())
        raise ValueError(f"Expected examples of the same shape; got {got}.")
    # Distances between differently scaled images are large for every one: nothing would be found.
    largest = {
        what: max(float(np.abs(rows).max()) for rows in chunks(x))
        for what, x in zip(given, checked, strict=True)
    }
    pixels = [what for what, x in given.items() if x.dtype == np.uint8 and largest[what] > 1]
    for what, x in given.items():
        if pixels and x.dtype.kind == "f" and 0 < largest[what] <= 1:
            raise ValueError(
                f"Expected examples of the same scale; {what} has {x.dtype} values in [-1, 1], "
                f"{pixels[0]} has uint8 values up to {largest[pixels[0]]:g}. Give all in 0..255."
            )
    return checked


def enough(n: int, what: str, metric: str, least: int) -> None:
    """Raises ValueError where `n` examples are too few for a metric."""
    if n < least:
        raise ValueError(f"{metric} needs at least {least} rows of {what}; got {n}.")


def _numbers(x: ArrayLike, what: str) -> np.ndarray:
    x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        raise ValueError(f"Expected {what} of real numbers; got dtype {x.dtype}.")
    return x
