"""What a preset brings back."""

import json

import h5py
import keras
import numpy as np
from contract import assert_equal, values

import keras_genzoo as zoo


def test_all_state_comes_back_bit_for_bit(trained, preset):
    loaded = zoo.DCGAN.from_preset(preset)
    assert loaded.compiled
    assert_equal(values(trained.variables), values(loaded.variables))
    moments = values(trained.optimizer.variables)
    assert any(np.abs(m).sum() > 0 for m in moments)
    assert_equal(moments, values(loaded.optimizer.variables))
    assert len(trained.random_states()) > 0
    assert_equal(values(trained.random_states()), values(loaded.random_states()))
    np.testing.assert_array_equal(trained.sample(5, seed=3), loaded.sample(5, seed=3))


def test_a_loaded_model_trains_on_as_the_saved_one(preset, images, tmp_path):
    first = zoo.DCGAN.from_preset(preset)
    first.save_to_preset(tmp_path / "again")
    results = []
    for model in (first, zoo.DCGAN.from_preset(tmp_path / "again")):
        keras.utils.set_random_seed(5)  # the order of the data
        model.fit(images, batch_size=8, epochs=1, verbose=0)
        results.append(values(model.variables) + values(model.optimizer.variables))
    assert_equal(*results)


def test_optimizers_and_losses_of_ones_own_come_back(tmp_path):
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8)
    optimizers = {"generator": keras.optimizers.SGD(0.5), "discriminator": "rmsprop"}
    model.compile(optimizer=optimizers, loss="minimax", jit_compile=False)
    model.save_to_preset(tmp_path)
    loaded = zoo.from_preset(tmp_path)
    assert isinstance(loaded.optimizer["generator"], keras.optimizers.SGD)
    assert float(loaded.optimizer["generator"].learning_rate) == 0.5
    assert isinstance(loaded.optimizer["discriminator"], keras.optimizers.RMSprop)
    assert loaded.get_loss() == "minimax"


def test_without_optimizer(trained, preset, tmp_path):
    trained.save_to_preset(tmp_path / "small", include_optimizer=False)
    loaded = zoo.DCGAN.from_preset(tmp_path / "small")
    assert not loaded.compiled
    assert_equal(values(trained.weights), values(loaded.weights))
    assert_equal(values(trained.random_states()), values(loaded.random_states()))
    with h5py.File(preset / "model.weights.h5") as file:
        assert "optimizer" in file
    with h5py.File(tmp_path / "small" / "model.weights.h5") as file:
        names = []
        file.visit(names.append)
    assert not [name for name in names if "optimizer" in name]
    config = json.loads((tmp_path / "small" / "config.json").read_text())
    assert "compile_config" not in config
    assert json.loads((tmp_path / "small" / "metadata.json").read_text())["has_optimizer"] is False
    # The model that was saved is still the one to train.
    assert trained.compiled and trained.optimizer is not None


def test_an_uncompiled_model_has_no_optimizer_to_save(tmp_path):
    zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8).save_to_preset(tmp_path)
    assert not zoo.from_preset(tmp_path).compiled


def test_networks_of_ones_own_come_back(tmp_path):
    generator = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(64, "tanh"), keras.layers.Reshape((8, 8, 1))]
    )
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8, generator=generator)
    model.compile()
    for include_optimizer in (True, False):
        model.save_to_preset(tmp_path, overwrite=True, include_optimizer=include_optimizer)
        loaded = zoo.from_preset(tmp_path)
        np.testing.assert_array_equal(model.sample(4, seed=0), loaded.sample(4, seed=0))


def test_arguments_replace_those_of_the_preset(preset):
    model = zoo.DCGAN.from_preset(preset, dtype="mixed_bfloat16", name="other")
    assert model.dtype_policy.name == "mixed_bfloat16"
    assert model.name == "other"
    policy = keras.DTypePolicy("mixed_bfloat16")
    assert zoo.DCGAN.from_preset(preset, dtype=policy).dtype_policy == policy
