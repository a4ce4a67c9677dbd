"""Optimizers, losses and XLA, as compile() sets them up."""

import functools

import keras
import numpy as np
import pytest
from contract import state, values
from keras import ops
from zoo_cases import CASES, PIXELS, VARIANTS

import keras_genzoo as zoo
from keras_genzoo.engine import GenerativeModel, PerNetworkOptimizer, compiling

BACKEND = keras.backend.backend()


def dcgan():
    return CASES["dcgan"].build()


def test_the_papers_optimizers_by_default():
    model = dcgan()
    model.compile()
    for name in ("discriminator", "generator"):
        optimizer = model.optimizer[name]
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert float(optimizer.learning_rate) == pytest.approx(2e-4)
        assert optimizer.beta_1 == 0.5


def test_one_optimizer_is_copied_for_each_network():
    model = dcgan()
    model.compile(optimizer=keras.optimizers.Adam(3e-4, beta_1=0.3))
    a, b = model.optimizer["discriminator"], model.optimizer["generator"]
    assert a is not b and a.beta_1 == b.beta_1 == 0.3
    model.fit(PIXELS, batch_size=20, epochs=1, verbose=0)
    assert int(a.iterations) == int(b.iterations) == 3
    shapes = [v.shape for v in model.generator.trainable_variables]
    assert [v.shape for v in b._trainable_variables] == shapes


def test_optimizers_by_network():
    model = dcgan()
    model.compile(optimizer={"discriminator": "sgd", "generator": keras.optimizers.RMSprop(1e-3)})
    assert isinstance(model.optimizer["discriminator"], keras.optimizers.SGD)
    assert isinstance(model.optimizer["generator"], keras.optimizers.RMSprop)


def test_optimizers_for_the_wrong_networks():
    for wrong in ({"generator": "adam"}, {"generator": "adam", "critic": "adam"}):
        with pytest.raises(ValueError, match=r"each of the networks \['discriminator', 'gener"):
            dcgan().compile(optimizer=wrong)
    shared = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="optimizer of its own"):
        dcgan().compile(optimizer={"discriminator": shared, "generator": shared})


def test_learning_rates_are_set_for_all_networks():
    model = dcgan()
    model.compile()
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)
    model.fit(PIXELS, batch_size=20, epochs=2, verbose=0, callbacks=[schedule])
    for name in model.networks():
        assert float(model.optimizer[name].learning_rate) == pytest.approx(5e-5)


def test_ema_lands_in_each_network():
    model = dcgan()
    model.compile(optimizer=keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.5))
    model.fit(PIXELS, batch_size=20, epochs=1, verbose=0)
    for name, variables in model.networks().items():
        averages = model.optimizer[name]._model_variables_moving_average
        for average, variable in zip(averages, variables, strict=True):
            np.testing.assert_array_equal(*values([average, variable]))


def test_losses_by_name_and_by_function(tmp_path):
    named, default = dcgan(), dcgan()
    named.compile(loss="minimax")
    default.compile()
    assert named.adversarial_loss is zoo.losses.ADVERSARIAL["minimax"]
    assert default.adversarial_loss is zoo.losses.ADVERSARIAL["non_saturating"]
    pair = (zoo.losses.wasserstein_critic_loss, zoo.losses.wasserstein_generator_loss)
    custom = dcgan()
    custom.compile(loss=pair)
    custom.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert again.adversarial_loss == zoo.losses.AdversarialLoss(*pair)
    with pytest.raises(ValueError, match="knows the losses.*'minimax'.*got 'wasserstein'"):
        dcgan().compile(loss="wasserstein")
    with pytest.raises(ValueError, match="pair of functions"):
        dcgan().compile(loss=(1, 2))
    with pytest.raises(ValueError, match="one objective"):
        CASES["vae"].build().compile(loss="mse")


def test_state_of_other_optimizers_is_an_error_not_a_warning(tmp_path):
    model = dcgan()
    model.compile()
    model.save_weights(tmp_path / "a.weights.h5")
    other = dcgan()
    other.compile(optimizer="sgd")
    with pytest.raises(ValueError, match="Compile the model with the optimizers"):
        other.load_weights(tmp_path / "a.weights.h5")


def test_weights_alone_load_into_a_compiled_model(tmp_path):
    dcgan().save_weights(tmp_path / "a.weights.h5")
    model = dcgan()
    model.compile()
    model.load_weights(tmp_path / "a.weights.h5")
    model.fit(PIXELS, batch_size=20, verbose=0)


def test_frozen_after_construction_is_not_trained():
    model = dcgan()
    model.generator.trainable = False
    model.compile(optimizer={"discriminator": "adam", "generator": "adam"})
    before = values(model.generator.variables)
    assert model.networks()["generator"] == []
    with pytest.raises(ValueError, match="nothing to train"):
        model.fit(PIXELS, batch_size=20, verbose=0)
    assert len(before) > 0


@pytest.mark.skipif(BACKEND != "tensorflow", reason="XLA is optional on TensorFlow alone")
def test_xla_pays_on_a_cpu_for_dense_models_alone():
    for case in (CASES | VARIANTS).values():
        model = case.build()
        model.compile()
        assert model.jit_compile == case.small.dense


@pytest.mark.skipif(BACKEND != "tensorflow", reason="accelerators compile on every backend")
def test_xla_is_on_with_an_accelerator(monkeypatch):
    monkeypatch.setattr(compiling.backends, "has_accelerator", lambda: True)
    model = dcgan()
    model.compile()
    assert model.jit_compile
    model.compile(jit_compile=False)
    assert not model.jit_compile


def test_convolutions_are_told_by_their_kernels():
    class Own(keras.layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(3, 3, shape[-1], 1), name="kernel")

        def call(self, x):
            return ops.conv(x, self.kernel, padding="same")

    model = zoo.DCGAN(
        image_shape=(8, 8, 1),
        latent_dim=6,
        generator=keras.Sequential([keras.Input((6,)), keras.layers.Dense(64), reshape()]),
        discriminator=keras.Sequential(
            [keras.Input((8, 8, 1)), Own(), keras.layers.Flatten(), keras.layers.Dense(1)]
        ),
    )
    assert compiling.convolves(model)
    assert compiling.convolves(CASES["pixel_cnn"].build())
    assert not compiling.convolves(CASES["vae"].build())


def reshape():
    return keras.layers.Reshape((8, 8, 1))


def test_where_xla_cannot_run_the_model_says_so_once(monkeypatch):
    monkeypatch.setattr(compiling, "_said", set())
    if BACKEND == "torch":
        model = CASES["wgan_gp"].build()
        with pytest.warns(UserWarning, match="gradient penalty"):
            model.compile(jit_compile=True)
    else:
        monkeypatch.setattr(compiling.backends, "replicas", lambda: 2)
        model = CASES["vae"].build()
        with pytest.warns(UserWarning, match="several TensorFlow replicas"):
            model.compile(jit_compile=True)
    assert not model.jit_compile
    model.compile(jit_compile=True)  # warnings are errors here: a second one would raise


def test_jit_compile_is_checked():
    with pytest.raises(ValueError, match='"auto", True or False'):
        dcgan().compile(jit_compile="yes")


def test_learning_state_needs_no_first_step(tmp_path):
    """A compiled model that never trained saves and restores its optimizers, too."""
    model = dcgan()
    model.compile()
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert isinstance(again.optimizer, PerNetworkOptimizer)
    assert len(state(again)) == len(state(model)) > 0


def test_injected_networks_are_saved_and_trained(tmp_path):
    layers = keras.layers
    generator = keras.Sequential(
        [keras.Input((6,)), layers.Dense(64, activation="tanh"), layers.Reshape((8, 8, 1))]
    )
    critic = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dropout(0.1), layers.Dense(1)]
    )
    model = zoo.WGANGP(
        image_shape=(8, 8, 1), latent_dim=6, generator=generator, critic=critic, critic_steps=2
    )
    model.compile()
    model.fit(PIXELS, batch_size=20, verbose=0)
    assert len(model.random_states()) == 2  # the model's noise and Dropout's
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    for a, b in zip(state(model), state(again), strict=True):
        np.testing.assert_array_equal(a, b)
    a, b = ([ops.convert_to_numpy(v.value) for v in m.random_states()] for m in (model, again))
    np.testing.assert_array_equal(a, b)


def test_each_function_in_batches_is_its_own():
    model = CASES["vae"].build()
    x = np.arange(6, dtype="float32").reshape(3, 2)
    run = lambda function, **static: model.in_batches(function, x, batch_size=2, **static)  # noqa: E731
    np.testing.assert_array_equal(run(lambda x: x + 1), x + 1)
    np.testing.assert_array_equal(run(lambda x: x + 2), x + 2)
    np.testing.assert_array_equal(run(functools.partial(ops.multiply, 3.0)), 3 * x)
    power = lambda x, exponent: x**exponent  # noqa: E731
    for exponent in (2, 3):
        np.testing.assert_array_equal(run(power, exponent=exponent), x**exponent)


def test_functions_are_compiled_once_and_few_are_kept():
    made = []
    kept = compiling.Kept(most=2)
    model = CASES["vae"].build()
    for key in "abacab":
        kept.get(model, key, lambda key=key: made.append(key))
    assert made == ["a", "b", "c", "b"]
    assert model.compiled_function(model.generate) is model.compiled_function(model.generate)


def test_samples_are_of_the_network_that_is_there():
    dense = lambda: keras.Sequential([keras.Input((6,)), keras.layers.Dense(64), reshape()])  # noqa: E731
    networks = dense(), dense()
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=6, width=8, generator=networks[0])
    samples = [model.sample(2, seed=0)]
    for network in (networks[1], networks[0]):
        model.generator = network
        samples.append(model.sample(2, seed=0))
    assert (samples[0] != samples[1]).any()
    np.testing.assert_array_equal(samples[0], samples[2])


def test_the_base_class_tells_what_a_model_must_define():
    model = GenerativeModel(zoo.engine.DataSpec((3,)))
    for name, method in {
        "networks": model.networks,
        "default_optimizers": model.default_optimizers,
        "generate": model.generate,
        "inputs": model.inputs,
    }.items():
        with pytest.raises(NotImplementedError, match=rf"Expected GenerativeModel\.{name}.*Let it"):
            method()
