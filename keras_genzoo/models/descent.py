"""Descents of the error of what a decoder makes of codes, many at a time.

By L-BFGS: Nocedal (1980), Updating Quasi-Newton Matrices with Limited Storage.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from keras import ops

from keras_genzoo import backends

TRIAL, KEPT = 5, 4  # all starts take one step in 5, one start in 4 goes on
MEMORY = 20  # steps whose curvature is remembered
FIRST = 0.1  # the first step's length for each dimension, about the prior's deviation being 1
ENOUGH = 1e-4  # the share of what the slope promises that a step has to lower the error by
SHORTER = 0.4  # the next try, where it does not
CURVED = 1e-6  # the least cosine between a step and the gradient's change that is remembered
TINY = 1e-30
STEPS_AT_ONCE = 10  # in one call of the compiled loop
STILL = 1e-3  # the share of its error by which a descent that goes on lowers it in so many steps


def plan(starts: int, steps: int) -> list[tuple[int, int]]:
    """How many starts take how many steps: first all of them, then the best."""
    trial = math.ceil(steps / TRIAL)
    return [(starts, trial), (math.ceil(starts / KEPT), steps - trial)]


class Descent:
    """Lowers squared errors by the codes of a model: each row goes to an example of its own.

    By L-BFGS: a step goes against the gradient, times the inverse of the curvature that the last
    steps have met. One that does not lower the error enough is not taken, and a shorter one is
    tried next: each costs one gradient, and there is no rate to choose.

    Rows u (rows, latent_dim) are codes where the prior has no bounds.

    Args:
        model: One that decodes, see `models.latent.Decoding`.
    """

    def __init__(self, model: Any):
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
        # In one pass: at s = 1, the gradient of s f(u) by u is that of f, and by s it is f.
        us = ops.concatenate([u, ops.ones_like(u[:, :1])], axis=1)
        both = backends.input_gradient(lambda us: us[:, -1] * self._errors(us[:, :-1], *target), us)
        return both[:, -1], both[:, :-1]

    def _begin(self, u, *target):
        """Descents at u, before their first step: u, error, gradient, length of the next step,
        and of the last ones what `_remembered` says, the newest first.
        """
        error, gradient = self._errors_and_gradients(u, *target)
        none = ops.repeat(ops.zeros_like(u)[:, None], MEMORY, axis=1)
        return u, error, gradient, ops.ones_like(error), none, none, none[:, :, 0]

    def _steps(self, number, u, error, gradient, length, moves, changes, inverses, *target):
        """The same, so many steps later."""

        def step(_, state):
            u, error, gradient, length, *memory = state
            direction = _direction(gradient, *memory)
            move = length[:, None] * direction
            new_error, new_gradient = self._errors_and_gradients(u + move, *target)
            taken = new_error <= error + ENOUGH * _dot(move, gradient)
            memory = _remembered(taken, move, new_gradient - gradient, *memory)
            return (
                _where(taken, u + move, u),
                _where(taken, new_error, error),
                _where(taken, new_gradient, gradient),
                _where(taken, ops.sign(length), SHORTER * length),
                *memory,
            )

        before = u, error, gradient, length, moves, changes, inverses
        return ops.fori_loop(0, number, step, before)

    def walked(self, state: Sequence, target: Sequence, number: int, told: Callable) -> Sequence:
        """The same, so many steps later, or when all descents stand still."""
        for done in range(0, number, STEPS_AT_ONCE):
            some = min(STEPS_AT_ONCE, number - done)
            before = state[1]
            state = self.steps(ops.convert_to_tensor(np.int32(some)), *state, *target)
            told(some * len(before))
            # A descent ends by itself, whatever the others do: its steps are of length 0 then.
            u, error, gradient, length, *memory = state
            length = ops.where(error < (1 - STILL) * before, length, 0.0)
            state = u, error, gradient, length, *memory
            if not ops.convert_to_numpy(length).any():
                told((number - done - some) * len(before))
                break
        return state

    def codes(
        self,
        u: np.ndarray,
        x: np.ndarray,
        counts: np.ndarray,
        conditions: Sequence,
        steps: int,
        told: Callable,
    ) -> np.ndarray:
        """The codes (n, latent_dim) at the best ends of descents from u (n, starts, latent_dim)."""
        n, starts, _ = u.shape
        weights = np.broadcast_to(counts, x.shape).astype("float32")
        weights /= weights.sum(axis=tuple(range(1, x.ndim)), keepdims=True)
        examples = x.astype("float32"), weights, *conditions

        def target(each):
            return [ops.convert_to_tensor(np.repeat(a, each, axis=0)) for a in examples]

        rows = ops.convert_to_tensor(u.reshape(n * starts, -1))
        state: Sequence = self.begin(rows, *target(starts))
        for each, number in plan(starts, steps):
            state = self.walked(_best(state, n, each), target(each), number, told)
        return ops.convert_to_numpy(self.to_codes(_best(state, n, 1)[0]))


def _best(state, n: int, each: int) -> list:
    """Of the descents to n examples, so many for each whose errors are least."""
    errors = ops.convert_to_numpy(state[1]).reshape(n, -1)
    best = np.argsort(errors, axis=1, kind="stable")[:, :each]  # NaN comes last
    rows = best + errors.shape[1] * np.arange(n)[:, None]
    return [ops.take(values, rows.reshape(-1), axis=0) for values in state]


def _direction(gradient, moves, changes, inverses):
    """Against the gradient (rows, d), times the inverse of the curvature that is remembered."""
    shares = []
    for i in range(MEMORY):
        shares.append(inverses[:, i] * _dot(moves[:, i], gradient))
        gradient = gradient - shares[i][:, None] * changes[:, i]
    newest = inverses[:, 0] * _dot(changes[:, 0], changes[:, 0])
    first = FIRST * math.sqrt(gradient.shape[1]) * ops.rsqrt(_dot(gradient, gradient) + TINY)
    size = ops.where(newest > 0, 1.0 / ops.maximum(newest, TINY), first)
    direction = size[:, None] * gradient
    for i in reversed(range(MEMORY)):
        share = shares[i] - inverses[:, i] * _dot(changes[:, i], direction)
        direction = direction + share[:, None] * moves[:, i]
    return -direction


def _remembered(taken, move, change, *memory):
    """What is known of the last steps: the moves and the gradient's changes, (rows, MEMORY, d)
    both, and the inverses of their products. With one more, where it was taken and the curvature
    was positive.
    """
    product = _dot(move, change)
    least = CURVED * ops.sqrt(_dot(move, move) * _dot(change, change))
    good = ops.logical_and(taken, product > least)
    newest = move, change, 1.0 / ops.where(good, product, 1.0)
    return [
        _where(good, ops.concatenate([new[:, None], old[:, :-1]], axis=1), old)
        for new, old in zip(newest, memory, strict=True)
    ]


def _where(rows, a, b):
    """Rows of a where it is true, else of b."""
    return ops.where(ops.reshape(rows, (-1, *[1] * (len(a.shape) - 1))), a, b)


def _dot(a, b):
    return ops.sum(a * b, axis=-1)
