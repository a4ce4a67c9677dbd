"""From examples back to codes, of any decoder: descents of the error from several starts.

Creswell and Bharath (2016), Inverting the Generator of a Generative Adversarial Network,
arXiv:1611.05644; Lipton and Tripathi (2017), Precise Recovery of Latent Vectors from Generative
Adversarial Networks, arXiv:1702.04782. In place of their gradient steps of a fixed rate here are
those of L-BFGS (`descent`); where they clip codes to a uniform prior's range, these go where the
prior has no bounds.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from keras_genzoo.engine import DataSpec
from keras_genzoo.engine.progress import LongWork
from keras_genzoo.models.descent import Descent, plan
from keras_genzoo.support.abilities import Encodes
from keras_genzoo.support.checks import whole_number

DRAWS = 128  # of the prior, of which a start is the one that decodes to what is nearest
VALUES_AT_ONCE = 1 << 22  # of arrays whose rows are all compared


@dataclass(frozen=True, eq=False)
class Inversion:
    """What `invert` found: codes of examples, and how near the model comes to these.

    Errors and distances are root mean squares over the pixels that count, in grey levels of
    0..255; of vectors, over the dimensions that count, in their own units.

    Args:
        codes: float32 (n, latent_dim).
        images: What they decode to, uint8 (n, height, width, channels), or float32 vectors.
        error: From each example to its image, float64 (n,).
        nearest: Of the training examples, the one nearest to each example, (n, *shape); None
            where none were given, as the two below.
        distance: From each example to that one, float64 (n,).
        neighbors: That one's number, int64 (n,).
    """

    codes: np.ndarray
    images: np.ndarray
    error: np.ndarray
    nearest: np.ndarray | None = None
    distance: np.ndarray | None = None
    neighbors: np.ndarray | None = None


def invert(
    model: Any,
    x: np.ndarray,
    *,
    labels: ArrayLike | None,
    starts: int,
    steps: int,
    mask: np.ndarray | None,
    nearest: np.ndarray | None,
    seed: int,
    batch_size: int,
    verbose: int | str,
) -> Inversion:
    """`models.latent.Decoding.invert`, which explains the arguments."""
    whole_number("starts", starts)
    whole_number("steps", steps)
    whole_number("seed", seed, least=0)
    whole_number("batch_size", batch_size)
    x, counts = _checked(model.spec, x, mask)
    conditions = model.told(labels, len(x))
    if nearest is not None:
        model.spec.check(nearest, "nearest")
        nearest = _array(nearest)
    descent = model.kept(Descent, lambda: Descent(model))
    # Not the draws of `sample` by this seed: its samples' own codes would be among the starts.
    seeds = model.seeded(int(np.random.default_rng(seed).integers(2**31)))
    u = _starts(descent, x, counts, conditions, starts, seeds)
    encodes, bounded = isinstance(model, Encodes), descent.prior is not model.prior
    if encodes and not bounded:
        codes = model.encode(x, *conditions, batch_size=batch_size)
        u = np.concatenate([u, codes[:, None]], axis=1)
    # Groups of one size, so that XLA compiles once: the last one begins earlier.
    at_once = math.ceil(len(x) / math.ceil(len(x) / max(1, batch_size // u.shape[1])))
    groups = [min(i, len(x) - at_once) for i in range(0, len(x), at_once)]
    (all_starts, trial), (few, rest) = plan(u.shape[1], steps)
    work = LongWork(len(groups) * at_once * (all_starts * trial + few * rest), verbose)
    codes = np.empty((len(x), model.latent_dim), "float32")
    for i in groups:
        own = slice(i, i + at_once)
        given = [values[own] for values in conditions]
        codes[own] = descent.codes(u[own], x[own], _rows(counts, own), given, steps, work.add)
    images = model.decode(codes, *conditions, batch_size=batch_size)
    error = _distances(x, images, counts)
    if nearest is None:
        return Inversion(codes, images, error)
    neighbors = _nearest(x, nearest, counts)
    near = nearest[neighbors]
    return Inversion(codes, images, error, near, _distances(x, near, counts), neighbors)


def _starts(descent, x, counts, conditions, starts, seed) -> np.ndarray:
    """Rows (n, starts, latent_dim) where descents to examples x begin.

    Each is the best of draws of its own, which are the same for all examples: what is found for
    one does not depend on the others, and more starts begin with those of fewer.
    """
    u = np.empty((len(x), starts, descent.model.latent_dim), "float32")
    for i in range(starts):
        draws = descent.prior.draw((DRAWS, u.shape[-1]), seed.fold(i))
        for own, given in _classes(conditions, len(x)):
            y = descent.decoded(draws, *given)
            index = _nearest(x[own], ops.convert_to_numpy(y), _rows(counts, own))
            u[own, i] = ops.convert_to_numpy(draws)[index]
    return u


def _checked(spec: DataSpec, x, mask) -> tuple[np.ndarray, np.ndarray]:
    """Examples, black where they do not count, and which of their pixels do: bool (n, *shape), or
    (1, *shape) for all examples.
    """
    if mask is None:
        spec.check(x)
        return _array(x), np.ones((1, *spec.shape), bool)
    spec.check_shape(x)
    x, mask = _array(x), _array(mask)
    forms = [spec.shape, spec.shape[:2]] if spec.is_image else [spec.shape]
    if mask.shape not in [*forms, *((len(x), *form) for form in forms)]:
        raise ValueError(
            f"Expected mask of shape {' or '.join(map(str, forms))}, or one of these for each of "
            f"{len(x)} examples; got {mask.shape}."
        )
    if mask.dtype.kind not in "fiub" or not ((mask == 0) | (mask == 1)).all():
        raise ValueError(
            "Expected mask of 0 and 1, or of False and True; got other values. Do mask > 0, where "
            "it is an image."
        )
    mask = mask[None] if mask.shape in forms else mask
    mask = mask.reshape(*mask.shape, *[1] * (1 + len(spec.shape) - mask.ndim))
    counts = np.broadcast_to(mask == 1, (len(mask), *spec.shape))
    empty = ~counts.reshape(len(counts), -1).any(axis=1)
    if empty.any():
        where = f" for example {empty.argmax()}" if len(mask) > 1 else ""
        raise ValueError(f"Expected mask with pixels that count, which are 1; got none{where}.")
    x = np.where(counts, x, x.dtype.type(0))
    spec.check(x)
    return x, counts


def _array(x) -> np.ndarray:
    return x if isinstance(x, np.ndarray) else ops.convert_to_numpy(x)


def _rows(counts, own) -> np.ndarray:
    """Which pixels of some examples count."""
    return counts if len(counts) == 1 else counts[own]


def _classes(conditions: Sequence, n: int) -> Iterator[tuple[np.ndarray, list]]:
    """The numbers of all of n examples; in a conditional model of those of each class, and it for
    as many as are drawn.
    """
    if not conditions:
        yield np.arange(n), []
    for values in conditions:
        for value in np.unique(values, axis=0):
            own = np.flatnonzero((values == value).reshape(n, -1).all(axis=1))
            yield own, [ops.convert_to_tensor(np.repeat(value[None], DRAWS, axis=0))]


def _nearest(x, y, counts) -> np.ndarray:
    """For each of x (n, *shape) the number of that of y (m, *shape) which is nearest, int64."""
    index = np.zeros(len(x), np.int64)
    at_once = max(16, min(1024, VALUES_AT_ONCE // x[0].size))
    for i in range(0, len(x), at_once):
        own = slice(i, i + at_once)
        weights, a = _flat(_rows(counts, own)), _flat(x[own])
        least = np.full(len(a), np.inf)
        for j in range(0, len(y), at_once):
            b = _flat(y[j : j + at_once])
            # Without the squares of x, which are the same for all of y.
            squares = weights @ (b * b).T - 2 * (weights * a) @ b.T
            found = squares.argmin(axis=1)
            index[own] = np.where(squares.min(axis=1) < least, j + found, index[own])
            least = np.minimum(least, squares.min(axis=1))
    return index


def _flat(x) -> np.ndarray:
    return x.reshape(len(x), -1).astype("float64")


def _distances(x, y, counts) -> np.ndarray:
    """Root mean squares of x - y (n, *shape) where it counts, float64 (n,)."""
    counts = np.broadcast_to(counts, x.shape)
    rows = zip(x, y, counts, strict=True)
    return np.array(
        [np.sqrt(np.mean((a[own].astype("float64") - b[own]) ** 2)) for a, b, own in rows]
    )
