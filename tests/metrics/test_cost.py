import os
import random

import keras
import numpy as np
import pytest
from keras import ops
from zoo_cases import CASES, VARIANTS

import keras_genzoo as zoo
from keras_genzoo.metrics import cost


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still but for what is called on it to pass."""

    class Clock:
        now = 0.0

    monkeypatch.setattr(cost.time, "perf_counter", lambda: Clock.now)
    return Clock


def state(model):
    """All that training could change: weights, optimizers, random states."""
    variables = model.variables + model.optimizer.variables + model.random_states()
    return [np.array(ops.convert_to_numpy(v.value)) for v in variables]


def test_parameters_of_all_networks():
    model = CASES["dcgan"].build()
    counts = [int(np.prod(w.shape)) for w in model.generator.weights + model.discriminator.weights]
    score = cost.parameters(model)
    assert (score.metric, score.value, score.error) == ("parameters", sum(counts), None)


@pytest.mark.parametrize("name", ["dcgan", "wgan_gp", "vae", "wgan_gp_vectors"])
def test_training_speed_leaves_all_as_it_was(name):
    case = {**CASES, **VARIANTS}[name]
    model = case.build()
    model.compile(optimizer="sgd")
    model.fit(case.x, batch_size=20, verbose=0)
    before, python, numpy = state(model), random.getstate(), np.random.get_state()[1].copy()
    score = cost.training_speed(model, case.x, batch_size=20, seconds=0.01, repeats=2)
    assert all(map(np.array_equal, before, state(model)))
    assert random.getstate() == python
    assert np.array_equal(np.random.get_state()[1], numpy)
    assert score.value > 0 and score.error >= 0
    assert score.protocol["batch_size"] == 20
    assert score.protocol["example"] == list(model.spec.shape)
    assert score.protocol["backend"] == keras.backend.backend()
    assert f"{len(os.sched_getaffinity(0))} cores" in score.protocol["machine"]


def test_training_speed_trains_with_the_models_own_optimizer(monkeypatch):
    """And takes the examples of the steps over the seconds of an epoch, the median of them."""
    model = CASES["vae"].build()
    model.compile(optimizer=keras.optimizers.SGD(0.123), jit_compile=False)
    calls = []

    def epoch_seconds(copy, batches, epochs, steps):
        calls.append((copy, epochs, steps))
        return [9.0, 0.5] if len(calls) == 1 else [4.0, 2.0, 8.0]

    monkeypatch.setattr(cost, "_epoch_seconds", epoch_seconds)
    score = cost.training_speed(model, CASES["vae"].x, batch_size=10, seconds=30, repeats=3)
    copy = calls[0][0]
    assert copy is not model
    assert float(copy.optimizer["vae"].learning_rate) == pytest.approx(0.123)
    assert copy.jit_compile is False and score.protocol["jit_compile"] is False
    # 0.5 s for two steps after the warm-up: 40 steps are 10 s, a third of the 30.
    assert [call[1:] for call in calls] == [(2, 2), (3, 40)]
    assert score.value == pytest.approx(40 * 10 / 4.0)


def test_epochs_are_timed_from_begin_to_end(clock):
    model = CASES["vae"].build()
    model.compile(run_eagerly=True)
    train_step = model.train_step

    def slow(data):
        clock.now += 2.0
        return train_step(data)

    model.train_step = slow
    batches = zoo.data.Batches(CASES["vae"].x, batch_size=10)
    assert cost._epoch_seconds(model, batches, epochs=2, steps=3) == [6.0, 6.0]


def test_only_models_that_deal_a_batch_out_get_a_larger_one(monkeypatch):
    class Grouped(zoo.DCGAN):
        smallest_batch = 4  # batch norm, say: it does not ask for more examples

    monkeypatch.setattr(cost, "_epoch_seconds", lambda *args, **kwargs: [1.0, 1.0])
    x = np.zeros((200, 8, 8, 1), "uint8")
    arguments = {"image_shape": (8, 8, 1), "width": 4, "latent_dim": 2}
    grouped = Grouped(**arguments)
    dealt = zoo.WGANGP(**arguments, critic_steps=3)
    assert cost.training_speed(grouped, x).protocol["batch_size"] == 64
    assert cost.training_speed(dealt, x).protocol["batch_size"] == 192


def test_a_small_set_is_one_batch():
    model = CASES["vae"].build()
    score = cost.training_speed(model, CASES["vae"].x[:7], seconds=0.01, repeats=1)
    assert score.protocol["batch_size"] == 7 and score.error is None


def test_sampling_time_is_per_sample_after_a_warm_up(clock):
    class Slow:
        spec = CASES["vae"].build().spec
        dtype_policy = keras.config.dtype_policy()
        calls = []

        def sample(self, n, *, seed, batch_size, verbose):
            self.calls.append((n, seed, batch_size))
            clock.now += 100.0 if len(self.calls) == 1 else float(len(self.calls))

    score = cost.sampling_time(Slow(), num_samples=4, repeats=3, most_seconds=1000, seed=5)
    # Three draws of 2, 3 and 4 seconds.
    assert (score.metric, score.value) == ("seconds_per_sample", 3 / 4)
    assert Slow.calls == [(4, 5, 4)] * 4
    assert score.protocol["samples_at_once"] == 4


def test_sampling_time_stops_after_most_seconds(clock):
    class Slow:
        spec = CASES["vae"].build().spec
        dtype_policy = keras.config.dtype_policy()

        def sample(self, n, *, seed, batch_size, verbose):
            clock.now += 8.0

    score = cost.sampling_time(Slow(), num_samples=2, repeats=5, most_seconds=10)
    assert (score.value, score.error) == (4.0, 0.0)  # two draws: the second passes 10 s
    assert cost.sampling_time(Slow(), num_samples=2, repeats=5, most_seconds=7).error is None


def test_sampling_does_not_move_the_model():
    model = CASES["pixel_cnn"].build()
    model.compile()
    before = state(model)
    cost.sampling_time(model, num_samples=2, repeats=1)
    assert all(map(np.array_equal, before, state(model)))


@pytest.mark.parametrize(
    "arguments", [{"batch_size": 0}, {"seconds": 0}, {"repeats": 0}, {"seconds": float("nan")}]
)
def test_bad_arguments_of_training_speed(arguments):
    model = CASES["vae"].build()
    with pytest.raises(ValueError, match=next(iter(arguments))):
        cost.training_speed(model, CASES["vae"].x, **arguments)


@pytest.mark.parametrize("arguments", [{"num_samples": 0}, {"repeats": 1.5}, {"most_seconds": -1}])
def test_bad_arguments_of_sampling_time(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        cost.sampling_time(CASES["vae"].build(), **arguments)
