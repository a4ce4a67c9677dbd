"""One optimizer per network: what is saved of them, how rates follow a schedule."""

import json

import keras
import numpy as np
import pytest
from keras import ops
from zoo_cases import CASES

import keras_genzoo as zoo


def gan(discriminator=4e-4, generator=1e-4, **kwargs):
    """A tiny GAN, compiled with Adam at these rates, which may be schedules."""
    model = zoo.WGANGP(num_features=2, latent_dim=2, width=3, critic_steps=1, **kwargs)
    adam = keras.optimizers.Adam
    optimizers = {"critic": adam(discriminator), "generator": adam(generator)}
    # A few steps: nothing to gain from compiling, but on JAX, where each operation is compiled.
    model.compile(optimizers, run_eagerly=keras.backend.backend() != "jax")
    return model


def schedule(rate=1e-3):
    return keras.optimizers.schedules.ExponentialDecay(rate, 10, 0.5)


X = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")


def moments(model):
    """All of the optimizers' variables but the rates."""
    return [
        ops.convert_to_numpy(v.value)
        for v in model.optimizer.variables
        if not v.path.endswith("learning_rate")
    ]


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
@pytest.mark.parametrize(
    ("before", "after"), [(1e-3, schedule()), (schedule(), 1e-3), (1e-3, 5e-4)]
)
def test_moments_load_when_a_schedule_has_replaced_the_rate(tmp_path, before, after, dtype):
    model = gan(before, before, dtype=dtype)
    for i, variable in enumerate(model.optimizer.variables):
        variable.assign(np.full(variable.shape, i + 1))
    model.save_weights(tmp_path / "a.weights.h5")
    other = gan(after, after, dtype=dtype)
    other.load_weights(tmp_path / "a.weights.h5")
    assert len(moments(model)) == len(moments(other)) > 0
    for a, b in zip(moments(model), moments(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_moments_of_other_weights_are_an_error(tmp_path):
    gan().save_weights(tmp_path / "a.weights.h5")
    wide = zoo.WGANGP(num_features=2, latent_dim=2, width=4, critic_steps=1)
    wide.compile()
    store = {key: np.zeros(1) for key in ("critic_0", "critic_1")}
    with pytest.raises(ValueError, match="'critic': 'Adam'.*got other variables, 2 of them"):
        wide.optimizer.load_own_variables(store)
    store = {
        f"{network}_{i}": np.zeros((9, 9))
        for network in ("critic", "generator")
        for i in range(len(wide.optimizer[network].variables))
    }
    with pytest.raises(ValueError, match="in the shapes of its weights"):
        wide.optimizer.load_own_variables(store)


def test_compiled_settings_are_those_of_compile():
    model = gan(4e-4, schedule())
    settings = model.compiled_settings()
    assert json.loads(json.dumps(settings)) == settings
    assert settings["optimizer"]["critic"]["learning_rate"] == pytest.approx(4e-4)
    assert settings["optimizer"]["generator"]["learning_rate"]["config"]["decay_rate"] == 0.5
    assert settings["loss"] == "wasserstein" and settings["jit_compile"] == "auto"
    settings["optimizer"]["critic"]["learning_rate"] = 1.0
    model.optimizer["critic"].learning_rate = 1e-5
    assert model.compiled_settings() == gan(4e-4, schedule()).compiled_settings()
    assert model.compiled_settings() != gan(4e-4, schedule(2e-3)).compiled_settings()


def test_compiled_settings_of_scaled_losses_and_of_none():
    a, b = (gan(dtype="mixed_float16").compiled_settings() for _ in range(2))
    assert a == b
    assert a["optimizer"]["critic"]["inner_optimizer"]["learning_rate"] == pytest.approx(4e-4)
    assert CASES["dcgan"].build().compiled_settings() is None


def rates(model):
    return [float(model.optimizer[network].learning_rate) for network in model.networks()]


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_one_factor_for_all_learning_rates(dtype):
    model = gan(4e-4, 1e-4, dtype=dtype)
    model.optimizer.learning_rate = 2e-4
    assert rates(model) == pytest.approx([2e-4, 5e-5])
    model.optimizer["generator"].learning_rate = 2e-4
    model.optimizer.learning_rate = ops.convert_to_tensor(1e-4)
    assert rates(model) == pytest.approx([1e-4, 1e-4])


def test_keras_schedulers_keep_two_time_scales():
    model = gan(4e-4, 1e-4)
    plateau = keras.callbacks.ReduceLROnPlateau(
        "critic_loss", 0.1, patience=0, min_delta=1e9, mode="min"
    )
    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
    model.fit(X, epochs=2, callbacks=[halved, plateau], verbose=0)
    assert rates(model) == pytest.approx([2e-5, 5e-6])


def test_learning_rates_after_zero_have_the_given_ratios():
    model = gan(4e-4, 1e-4)
    model.optimizer.learning_rate = 0.0
    assert rates(model) == [0.0, 0.0]
    model.optimizer.learning_rate = 1e-4
    assert rates(model) == pytest.approx([1e-4, 2.5e-5])
    model = gan(0.0, 1e-4)
    model.optimizer.learning_rate = 1e-4
    assert rates(model) == pytest.approx([1e-4, 1e-4])


def test_a_schedule_cannot_be_set():
    model = gan(4e-4, schedule())
    with pytest.raises(TypeError, match=r"schedules for \['generator'\], which are not settable"):
        model.optimizer.learning_rate = 1e-4
    assert rates(model)[0] == pytest.approx(4e-4)
    with pytest.raises(ValueError, match="learning rates differ"):
        model.optimizer.learning_rate = schedule()
    model = gan(1e-3, 1e-3)
    model.optimizer.learning_rate = schedule()
    assert all(model.optimizer[n]._learning_rate.decay_rate == 0.5 for n in model.networks())
