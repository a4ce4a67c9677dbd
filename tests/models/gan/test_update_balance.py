"""Updates of the weaker network alone: skipped, logged, saved and resumed."""

import keras
import numpy as np
import pytest
from contract import JIT_COMPILE, state, values
from zoo_cases import CASES, PIXELS, VECTORS

import keras_genzoo as zoo

BATCH = VECTORS[:20]


def small(low, high, **settings):
    model = zoo.GAN(num_features=3, latent_dim=2, hidden_units=(8,))
    model.compile(update_balance=(low, high), jit_compile=JIT_COMPILE, **settings)
    return model


def share_of(model):
    return model._share(model._balance)


def moved(model, *data) -> dict[str, bool]:
    """Which networks a step moves."""
    before = {name: values(variables) for name, variables in model.networks().items()}
    logs = model.train_on_batch(*data, return_dict=True)
    assert all(np.isfinite(v) and v != 0 for v in logs.values())  # those of skipped ones, too
    after = {name: values(variables) for name, variables in model.networks().items()}
    return {k: not all(map(np.array_equal, before[k], after[k])) for k in before}


@pytest.mark.parametrize(
    "low, high, judge, generator",
    [(0.0, 1.0, True, True), (0.0, 0.01, False, True), (0.99, 1.0, True, False)],
)
def test_the_stronger_network_is_left_out(low, high, judge, generator):
    model = small(low, high)
    share_of(model).assign(0.5)
    found = moved(model, BATCH)
    assert found == {"discriminator": judge, "generator": generator}
    counts = {name: int(model.optimizer[name].iterations) for name in found}
    assert counts == {name: int(of) for name, of in found.items()}  # Adam's moments did not move


def test_the_share_follows_the_judge():
    model = small(0.2, 0.9)
    assert float(share_of(model).value) == pytest.approx(0.55)
    model.train_on_batch(BATCH)
    after = float(share_of(model).value)
    assert 0.55 * 0.9 <= after <= 0.55 * 0.9 + 0.1 and after != 0.55
    model.test_on_batch(BATCH)
    assert float(share_of(model).value) == after


@pytest.mark.parametrize("high", [1.0, 0.9])  # the judge learns, in parts, or waits
def test_an_update_in_parts_counts_once(high):
    model = small(0.0, high, accumulation=4)
    for v in model.discriminator.trainable_variables:  # all are ties, which are half right
        v.assign(0.0 * v)
    share_of(model).assign(0.99)
    model.train_on_batch(BATCH)
    assert float(share_of(model).value) == pytest.approx(0.99 * 0.9 + 0.5 * 0.1)


def test_a_balance_wide_open_trains_as_none():
    wide = small(0.0, 1.0)
    plain = zoo.GAN(num_features=3, latent_dim=2, hidden_units=(8,))
    plain.set_weights(wide.get_weights())
    plain.compile(jit_compile=JIT_COMPILE)
    plain.noise.state.assign(*values([wide.noise.state]))
    for model in (wide, plain):
        model.train_on_batch(BATCH)
    for a, b in zip(values(wide.variables), values(plain.variables), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_critic_steps_with_batch_norm_and_all_else():
    dcgan = CASES["dcgan"].build()
    dcgan.compile(update_balance=(0.6, 0.9), jit_compile=JIT_COMPILE)
    share_of(dcgan).assign(0.95)
    assert moved(dcgan, PIXELS[:20]) == {"discriminator": False, "generator": True}
    critic = CASES["wgan_gp"].build()
    critic.compile(update_balance=(0.6, 0.9), jit_compile=JIT_COMPILE)
    share_of(critic).assign(0.1)
    assert moved(critic, PIXELS[:20]) == {"critic": True, "generator": False}


def train(folder, stop=None):
    keras.utils.set_random_seed(1)
    model = small(0.45, 0.55)
    callbacks = [zoo.callbacks.ResumeTraining(folder, steps=1)]
    if stop:
        callbacks.append(stop)
    model.fit(VECTORS, batch_size=10, epochs=3, verbose=0, callbacks=callbacks)
    return model


class Stop(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 3:
            raise KeyboardInterrupt


def test_a_run_goes_on_in_its_phase(tmp_path):
    whole = train(tmp_path / "whole")
    updates = [int(whole.optimizer[name].iterations) for name in whole.networks()]
    assert min(updates) < 18  # some were left out
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "cut", Stop())
    again = train(tmp_path / "cut")
    for a, b in zip(state(whole), state(again), strict=True):
        np.testing.assert_array_equal(a, b)


def test_it_is_saved_with_the_optimizers_alone(tmp_path):
    model = small(0.6, 0.9)
    model.train_on_batch(BATCH)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert float(share_of(again).value) == float(share_of(model).value) != 0.75
    model.save_to_preset(tmp_path / "bare", include_optimizer=False)
    bare = zoo.from_preset(str(tmp_path / "bare"))
    assert len(bare.variables) == len(model.variables)
    # Of a run without a balance, and back.
    plain = zoo.GAN(num_features=3, latent_dim=2, hidden_units=(8,))
    plain.compile(jit_compile=JIT_COMPILE)
    model.save_weights(tmp_path / "with.weights.h5")
    plain.load_weights(tmp_path / "with.weights.h5")
    plain.save_weights(tmp_path / "without.weights.h5")
    model.load_weights(tmp_path / "without.weights.h5")
