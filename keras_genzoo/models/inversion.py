"""From examples back to codes, of any decoder: gradient descent from several starts.

Creswell and Bharath (2016), Inverting the Generator of a Generative Adversarial Network,
arXiv:1611.05644; Lipton and Tripathi (2017), Precise Recovery of Latent Vectors from Generative
Adversarial Networks, arXiv:1702.04782. They clip codes to a uniform prior's range; here descent
goes where the prior has no bounds, so that nothing is to be clipped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from keras_genzoo import backends
from keras_genzoo.engine import DataSpec
from keras_genzoo.engine.progress import LongWork
from keras_genzoo.support.abilities import Encodes
from keras_genzoo.support.checks import whole_number

DRAWS = 128  # of the prior, for each start: it is the one that decodes nearest to the example
RATE = 0.1  # of Adam's first step; it falls to 0 as a cosine
BETA_1, BETA_2, EPSILON = 0.9, 0.99, 1e-12
STEPS_AT_ONCE = 10  # in one call of the compiled loop
VALUES_AT_ONCE = 1 << 22  # of an array whose rows are compared with others


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


class Descent:
    """Adam on the squared error, by the codes of a model: each row goes to an example of its own.

    Rows u (rows, latent_dim) are where the prior of the codes has no bounds.

    Args:
        model: One that decodes, see `models.latent.Decoding`.
    """

    def __init__(self, model):
        self.model = model
        self.prior, self.to_codes = model.prior.unbounded()
        self.decoded = backends.compiled(self._decoded, model)
        self.errors = backends.compiled(self._errors, model)
        self.steps = backends.compiled(self._steps, model)

    def _decoded(self, u, *conditions):
        """Real-valued pixels around 0..255, or vectors."""
        return self.model.decode_mean(self.to_codes(u), *conditions)

    def _errors(self, u, x, weights, *conditions):
        """Mean squared errors, (rows,); the weights (rows, *shape) of each row sum up to 1."""
        squares = weights * (self._decoded(u, *conditions) - x) ** 2
        return ops.sum(squares, axis=tuple(range(1, len(squares.shape))))

    def _steps(self, u, mean, square, first, last, of, *target):
        """Steps first..last - 1 `of` so many: u, and Adam's means of gradients and squares."""

        def step(i, state):
            u, mean, square = state
            gradient = backends.input_gradient(lambda u: self._errors(u, *target), u)
            mean = BETA_1 * mean + (1 - BETA_1) * gradient
            square = BETA_2 * square + (1 - BETA_2) * gradient**2
            t = ops.cast(i, "float32")
            rate = 0.5 * RATE * (1 + ops.cos(np.pi * t / of))
            deviation = ops.sqrt(square / (1 - BETA_2 ** (t + 1)))
            u = u - rate * mean / (1 - BETA_1 ** (t + 1)) / (deviation + EPSILON)
            return u, mean, square

        return ops.fori_loop(first, last, step, (u, mean, square))

    def starts(self, x, counts, conditions, starts, seed) -> np.ndarray:
        """Rows (n, starts, latent_dim) where the descents to examples x begin.

        Each is the nearest of draws of its own, which are the same for all examples: what is found
        for one does not depend on the others, and more starts begin with those of fewer.
        """
        u = np.empty((len(x), starts, self.model.latent_dim), "float32")
        for j in range(starts):
            draws = self.prior.draw((DRAWS, u.shape[-1]), seed.fold(j))
            for rows, given in _groups(conditions, len(x)):
                y = self.decoded(draws, *(ops.repeat(value, DRAWS) for value in given))
                own = counts if len(counts) == 1 else counts[rows]
                index = _nearest(x[rows], ops.convert_to_numpy(y), own)
                u[rows, j] = ops.convert_to_numpy(draws)[index]
        return u

    def codes(self, u, x, counts, conditions, steps: int, told: Callable) -> np.ndarray:
        """The best codes (n, latent_dim) that descents from u (n, starts, latent_dim) find."""
        n, starts, d = u.shape
        weights = np.broadcast_to(counts, x.shape).astype("float32")
        weights /= weights.sum(axis=tuple(range(1, x.ndim)), keepdims=True)
        target = [
            ops.convert_to_tensor(np.repeat(values, starts, axis=0))
            for values in (x.astype("float32"), weights, *conditions)
        ]
        begin = ops.convert_to_tensor(u.reshape(n * starts, d))
        state = begin, ops.zeros_like(begin), ops.zeros_like(begin)
        for first in range(0, steps, STEPS_AT_ONCE):
            last = min(first + STEPS_AT_ONCE, steps)
            numbers = np.int32(first), np.int32(last), np.float32(steps)
            state = self.steps(*state, *map(ops.convert_to_tensor, numbers), *target)
            told(n * (last - first))
        # Where a descent has led astray, its start is better.
        ends = [ops.convert_to_numpy(self.to_codes(rows)) for rows in (state[0], begin)]
        errors = [ops.convert_to_numpy(self.errors(rows, *target)) for rows in (state[0], begin)]
        ends = np.stack(ends).reshape(2, n, starts, d)
        errors = np.stack(errors).reshape(2, n, starts)
        errors = np.where(np.isfinite(errors), errors, np.inf)
        best = np.moveaxis(errors, 0, 1).reshape(n, 2 * starts).argmin(1)
        return np.moveaxis(ends, 0, 1).reshape(n, 2 * starts, d)[np.arange(n), best]


def invert(
    model: Any,
    x: np.ndarray,
    *conditions: np.ndarray,
    starts: int,
    steps: int,
    mask: np.ndarray | None,
    nearest: np.ndarray | None,
    seed: int,
    batch_size: int,
    verbose: int | str,
) -> Inversion:
    """`models.latent.Decoding.invert`, which says what the arguments are; `conditions` are those
    of the examples, checked.
    """
    whole_number("starts", starts)
    whole_number("steps", steps)
    whole_number("seed", seed, least=0)
    whole_number("batch_size", batch_size)
    x, counts = _checked(model.spec, x, mask)
    if nearest is not None:
        model.spec.check(nearest, "nearest")
    descent = model.kept(Descent, lambda: Descent(model))
    # Not the draws of `sample` with this seed: its samples' own codes would be among the starts.
    seeds = model.seeded(int(np.random.default_rng(seed).integers(2**31)))
    u = descent.starts(x, counts, conditions, starts, seeds)
    if isinstance(model, Encodes) and descent.prior is model.prior:
        # What does not count is filled in, so that it does not matter.
        filled = np.where(counts, x, model.decode(u[:, 0], *conditions, batch_size=batch_size))
        encoded = model.encode(filled, *conditions, batch_size=batch_size)
        u = np.concatenate([u, encoded[:, None]], axis=1)
    at_once = min(len(x), max(1, batch_size // u.shape[1]))
    # Groups of equal size: the last one begins earlier, and XLA compiles one.
    groups = [min(i, len(x) - at_once) for i in range(0, len(x), at_once)]
    work = LongWork(len(groups) * at_once * steps, verbose)
    codes = np.empty((len(x), model.latent_dim), "float32")
    for i in groups:
        own = slice(i, i + at_once)
        codes[own] = descent.codes(
            u[own],
            x[own],
            counts if len(counts) == 1 else counts[own],
            [values[own] for values in conditions],
            steps,
            work.add,
        )
    images = model.decode(codes, *conditions, batch_size=batch_size)
    found = Inversion(codes, images, _distances(x, images, counts))
    if nearest is None:
        return found
    neighbors = _nearest(x, nearest, counts)
    near = nearest[neighbors]
    return Inversion(codes, images, found.error, near, _distances(x, near, counts), neighbors)


def _checked(spec: DataSpec, x, mask) -> tuple[np.ndarray, np.ndarray]:
    """Examples, black where they do not count, and which of their pixels do: bool (n, *shape), or
    (1, *shape) for all examples.
    """
    if mask is None:
        spec.check(x)
        return _array(x), np.ones((1, *spec.shape), bool)
    spec.check_shape(x)
    x, mask = _array(x), _array(mask)
    of_one = (spec.shape, spec.shape[:2]) if spec.is_image else (spec.shape,)
    if mask.shape not in [*of_one, *((len(x), *shape) for shape in of_one)]:
        names = " or ".join(map(str, of_one))
        raise ValueError(
            f"Expected mask of shape {names}, or one of these for each of {len(x)} examples; got "
            f"{mask.shape}."
        )
    if mask.dtype.kind not in "fiub" or not ((mask == 0) | (mask == 1)).all():
        raise ValueError(
            f"Expected mask of 0 and 1, or of False and True; got other values, of {mask.dtype}. "
            "Do mask > 0, where it is an image."
        )
    if mask.shape in of_one:
        mask = mask[None]
    counts = mask.reshape(*mask.shape, *[1] * (1 + len(spec.shape) - mask.ndim)) == 1
    counts = np.broadcast_to(counts, (len(mask), *spec.shape))
    empty = ~counts.reshape(len(counts), -1).any(1)
    if empty.any():
        which = f" that of example {empty.argmax()}" if len(mask) > 1 else ""
        raise ValueError(f"Expected mask with pixels that count, which are 1; got none in{which}.")
    x = np.where(counts, x, x.dtype.type(0))
    spec.check(x)
    return x, counts


def _array(x) -> np.ndarray:
    return x if isinstance(x, np.ndarray) else ops.convert_to_numpy(x)


def _groups(conditions, n: int) -> Iterator[tuple[np.ndarray, list]]:
    """The examples of equal conditions: their numbers, and one value of each condition."""
    if not conditions:
        yield np.arange(n), []
        return
    distinct, which = np.unique(np.stack(conditions, axis=1), axis=0, return_inverse=True)
    for i, values in enumerate(distinct):
        yield np.flatnonzero(which.reshape(-1) == i), list(values)


def _nearest(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """For each of x (n, *shape), the number of that of y (m, *shape) which is nearest where it
    counts, int64 (n,).
    """
    flat = lambda a: a.reshape(len(a), -1).astype("float64")  # noqa: E731
    index = np.zeros(len(x), np.int64)
    at_once = max(16, min(1024, VALUES_AT_ONCE // x[0].size))
    for i in range(0, len(x), at_once):
        own = slice(i, i + at_once)
        w = flat(counts if len(counts) == 1 else counts[own])
        a = w * flat(x[own])
        least = np.full(len(a), np.inf)
        for j in range(0, len(y), at_once):
            b = flat(y[j : j + at_once])
            # Without the squares of x, the same for all of y.
            squares = w @ (b * b).T - 2 * a @ b.T
            k = squares.argmin(1)
            found = squares[np.arange(len(a)), k]
            index[own] = np.where(found < least, j + k, index[own])
            least = np.minimum(least, found)
    return index


def _distances(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Root mean squares of x - y (n, *shape) where it counts, float64 (n,)."""
    counts = np.broadcast_to(counts, x.shape)
    squares = [
        ((a.astype("float64") - b)[own] ** 2).mean() for a, b, own in zip(x, y, counts, strict=True)
    ]
    return np.sqrt(squares)
