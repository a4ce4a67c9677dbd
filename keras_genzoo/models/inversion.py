"""From examples back to codes, of any decoder: gradient descent from several starts.

Creswell and Bharath (2016), Inverting the Generator of a Generative Adversarial Network,
arXiv:1611.05644; Lipton and Tripathi (2017), Precise Recovery of Latent Vectors from Generative
Adversarial Networks, arXiv:1702.04782. They clip codes to a uniform prior's range; here descent
goes where the prior has no bounds, so that nothing is to be clipped.
"""

import math
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
MEMORY = 20  # steps whose curvature is known
FIRST = 0.1  # length of the first step for each dimension, in units of the prior
ENOUGH = 1e-4  # the share of what the slope promises by which a step must lower the error
SHORTER = 0.4  # the next try, where it does not
CURVED = 1e-6  # cosine between a step and the gradient's change, above which curvature is positive
TINY = 1e-30
STATE = 7  # tensors
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
    """Lowers squared errors by the codes of a model: each row goes to an example of its own.

    By L-BFGS (Nocedal, 1980): a step goes along the gradient times the inverse of the curvature
    that the last steps have shown. One that does not lower the error enough is not taken, and a
    shorter one is tried next: each costs one gradient, and there is no rate to choose.

    Rows u (rows, latent_dim) are where the prior of the codes has no bounds.

    Args:
        model: One that decodes, see `models.latent.Decoding`.
    """

    def __init__(self, model):
        self.model = model
        self.prior, self.to_codes = model.prior.unbounded()
        self.decoded = backends.compiled(self._decoded, model)
        self.begin = backends.compiled(self._begin, model)
        self.steps = backends.compiled(self._steps, model)

    def _decoded(self, u, *conditions):
        """Real-valued pixels around 0..255, or vectors."""
        return self.model.decode_mean(self.to_codes(u), *conditions)

    def _errors(self, u, x, weights, *conditions):
        """Mean squared errors, (rows,); the weights (rows, *shape) of each row sum up to 1."""
        squares = weights * (self._decoded(u, *conditions) - x) ** 2
        return ops.sum(squares, axis=tuple(range(1, len(squares.shape))))

    def _errors_and_gradients(self, u, *target):
        """Errors (rows,), and their gradients (rows, latent_dim)."""
        # In one pass: at s = 1 the gradient of s f(u) by u is that of f, and by s it is f.
        us = ops.concatenate([u, ops.ones_like(u[:, :1])], axis=1)
        both = backends.input_gradient(lambda us: us[:, -1] * self._errors(us[:, :-1], *target), us)
        return both[:, -1], both[:, :-1]

    def _begin(self, u, *target):
        """The state of descents at u: that, the error and gradient there, the length of the next
        step, and of the last steps `Curvature`.
        """
        none = ops.repeat(ops.zeros_like(u)[:, None], MEMORY, axis=1)
        error, gradient = self._errors_and_gradients(u, *target)
        return u, error, gradient, ops.ones_like(error), none, none, none[:, :, 0]

    def _steps(self, number, *arguments):
        """The state after so many steps, of the state before and the target."""
        before, target = arguments[:STATE], arguments[STATE:]

        def step(_, state):
            u, error, gradient, length, *memory = state
            direction = _direction(gradient, *memory)
            new = u + length[:, None] * direction
            new_error, new_gradient = self._errors_and_gradients(new, *target)
            slope = _dot(gradient, direction)
            taken = new_error <= error + ENOUGH * length * slope
            memory = _remembered(taken, new - u, new_gradient - gradient, *memory)
            u, gradient = (
                ops.where(taken[:, None], after, before)
                for after, before in ((new, u), (new_gradient, gradient))
            )
            error = ops.where(taken, new_error, error)
            length = ops.where(taken, 1.0, SHORTER * length)
            return u, error, gradient, length, *memory

        return ops.fori_loop(0, number, step, before)

    def run(self, state, target, steps: int, told: Callable):
        """The state after so many steps, some at a time: `told` how many each time."""
        for done in range(0, steps, STEPS_AT_ONCE):
            number = min(STEPS_AT_ONCE, steps - done)
            state = self.steps(ops.convert_to_tensor(np.int32(number)), *state, *target)
            told(number * len(state[0]))
        return state

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
        arrays = x.astype("float32"), weights, *conditions

        def target(times):
            return [ops.convert_to_tensor(np.repeat(values, times, axis=0)) for values in arrays]

        state = self.begin(ops.convert_to_tensor(u.reshape(n * starts, d)), *target(starts))
        trial, kept = plan(starts, steps)
        state = self.run(state, target(starts), trial, told)
        state = self.run(_best(state, n, kept), target(kept), steps - trial, told)
        return ops.convert_to_numpy(self.to_codes(_best(state, n, 1)[0]))


def plan(starts: int, steps: int) -> tuple[int, int]:
    """After how many of the steps which number of the starts goes on: the nearest quarter."""
    return math.ceil(steps / 5), math.ceil(starts / 4)


def _best(state, n: int, kept: int) -> list:
    """The state of those descents to each of n examples that have the least errors."""
    errors = ops.convert_to_numpy(state[1]).reshape(n, -1)
    best = np.argsort(errors, axis=1, kind="stable")[:, :kept]  # NaN comes last
    rows = (best + errors.shape[1] * np.arange(n)[:, None]).reshape(-1)
    return [ops.take(values, rows, axis=0) for values in state]


def _direction(gradient, steps, changes, inverses):
    """Against the gradient (rows, d), times the inverse curvature of the last steps."""
    factors = []
    for i in range(MEMORY):  # the newest first
        factors.append(inverses[:, i] * _dot(steps[:, i], gradient))
        gradient = gradient - factors[i][:, None] * changes[:, i]
    newest = inverses[:, 0] * _dot(changes[:, 0], changes[:, 0])
    first = FIRST * math.sqrt(gradient.shape[1]) * ops.rsqrt(_dot(gradient, gradient) + TINY)
    direction = ops.where(newest > 0, 1.0 / ops.maximum(newest, TINY), first)[:, None] * gradient
    for i in reversed(range(MEMORY)):
        factor = factors[i] - inverses[:, i] * _dot(changes[:, i], direction)
        direction = direction + factor[:, None] * steps[:, i]
    return -direction


def _remembered(taken, step, change, steps, changes, inverses):
    """The memory with one more step, where one was taken and showed a positive curvature."""
    product = _dot(step, change)
    good = ops.logical_and(
        taken, product > CURVED * ops.sqrt(_dot(step, step) * _dot(change, change))
    )
    memory = []
    for values, newest in (
        (steps, step),
        (changes, change),
        (inverses, 1.0 / ops.where(good, product, 1.0)),
    ):
        shifted = ops.concatenate([newest[:, None], values[:, :-1]], axis=1)
        memory.append(
            ops.where(ops.reshape(good, (-1, *[1] * (len(values.shape) - 1))), shifted, values)
        )
    return memory


def _dot(a, b):
    return ops.sum(a * b, axis=-1)


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
    encodes = isinstance(model, Encodes)
    if encodes and descent.prior is model.prior:
        # What does not count is filled in, so that it does not matter.
        filled = np.where(counts, x, model.decode(u[:, 0], *conditions, batch_size=batch_size))
        encoded = model.encode(filled, *conditions, batch_size=batch_size)
        u = np.concatenate([u, encoded[:, None]], axis=1)
    at_once = min(len(x), max(1, batch_size // u.shape[1]))
    # Groups of equal size: the last one begins earlier, and XLA compiles one.
    groups = [min(i, len(x) - at_once) for i in range(0, len(x), at_once)]
    trial, kept = plan(u.shape[1], steps)
    each = trial * u.shape[1] + (steps - trial) * kept
    work = LongWork(len(groups) * at_once * each, verbose)
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
