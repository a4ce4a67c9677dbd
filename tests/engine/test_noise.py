"""Draws of seeds, streams and loops."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from zoo_cases import CASES

from keras_genzoo import backends
from keras_genzoo.engine import DataSpec, GenerativeModel
from keras_genzoo.engine.noise import FixedSeed, NoiseStream

BACKEND = keras.backend.backend()
DTYPE = NoiseStream().state.dtype
STEP = 2**31 - 2
SEEDS = [
    *(s + m * STEP for s in (0, 5) for m in (0, 1, 2, 2**31)),
    *(s + 2**n for s in (0, 5) for n in (31, 32, 33, 62)),
    2**63 - 1,
]


def drawn(seed, shape=(4,)):
    return ops.convert_to_numpy(backends.normal(shape, seed))


def assert_all_differ(arrays):
    for a, b in itertools.combinations(arrays, 2):
        assert np.abs(a - b).max() > 1e-3


def test_all_seeds_of_64_bits_draw_numbers_of_their_own():
    assert_all_differ([drawn(FixedSeed(seed, DTYPE)) for seed in SEEDS])


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has no tensors of 64 bits")
def test_a_seed_in_a_tensor_draws_what_the_integer_does():
    for seed in (0, 2**31 + 5, 2**63 - 1):
        tensor = ops.convert_to_tensor(np.int64(seed))
        np.testing.assert_array_equal(
            drawn(FixedSeed(tensor, DTYPE)), drawn(FixedSeed(seed, DTYPE))
        )


def test_seeds_of_a_method_in_batches_do_not_meet():
    model = CASES["vae"].build()
    x = np.zeros((5, 1), "int32")
    rows = [
        model.in_batches(lambda x, seed: x + seed, x, batch_size=2, seed=seed)[::2, 0]
        for seed in SEEDS
    ]
    assert len(np.unique(rows)) == np.size(rows)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "0", True])
def test_what_is_no_seed(seed):
    model = CASES["vae"].build()
    with pytest.raises(ValueError, match=r"Expected seed, an integer in 0..2\*\*63 - 1 or None; g"):
        model.sample(1, seed=seed)
    with pytest.raises(ValueError, match="Expected seed"):
        model.in_batches(lambda x, seed: x, np.zeros((1, 1)), seed=seed)


def in_a_loop(seed, turns=4):
    """(turns, 4): what each turn of a loop draws."""

    def turn(i, rows):
        return rows + ops.one_hot(i, turns)[:, None] * backends.normal((1, 4), seed.fold(i))

    return ops.fori_loop(0, turns, turn, ops.zeros((turns, 4)))


def test_turns_of_a_loop_draw_numbers_of_their_own():
    model = CASES["vae"].build()
    compiled = backends.compiled(lambda seed: in_a_loop(model.seeded(seed)), model)
    rows = ops.convert_to_numpy(compiled(ops.convert_to_tensor(7)))
    eager = FixedSeed(7, DTYPE)
    one_by_one = [drawn(eager.fold(i)) for i in range(4)]
    np.testing.assert_allclose(rows, one_by_one, rtol=1e-6)
    nested = [drawn(eager.fold(i).fold(j)) for i in range(2) for j in range(2)]
    assert_all_differ([*one_by_one, *nested, *(drawn(eager) for _ in range(3))])


class Walker(GenerativeModel):
    """A loss with a loop that draws; `fold` says whether rightly."""

    def __init__(self, fold):
        super().__init__(DataSpec((4,)))
        self.fold = fold
        self.a = self.add_weight(shape=(), name="a")
        self.track("loss", "noise")

    def networks(self):
        return {"walker": [self.a]}

    def objective(self):
        seed = self.noise.fold(0) if self.fold else self.noise
        draw_one = lambda i: backends.normal((4,), seed.fold(i) if self.fold else seed)  # noqa: E731
        total = ops.fori_loop(0, 3, lambda i, total: total + draw_one(i), ops.zeros((4,)))
        return {"loss": self.a * total, "noise": total}

    def train_step(self, data):
        return self.report(**self.minimize("walker", self.objective))


def test_a_stream_is_folded_for_a_loop_and_moves_on():
    model = Walker(fold=True)
    model.compile("sgd")
    steps = [model.train_on_batch(np.zeros((2, 4)), return_dict=True) for _ in range(2)]
    assert steps[0]["noise"] != steps[1]["noise"]


@pytest.mark.skipif(BACKEND != "jax", reason="the others carry a stream's state out of a loop")
def test_a_stream_inside_a_loop_is_an_error():
    model = Walker(fold=False)
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"inside a loop or a branch.*seed_generator_state"):
        model.train_on_batch(np.zeros((2, 4)))
