import json
import shutil
import sys
import types
import warnings

import h5py
import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo import saving
from keras_genzoo.saving import preset as preset_module
from keras_genzoo.support.files import sha256


def values(variables):
    return [ops.convert_to_numpy(v.value) for v in variables]


def assert_equal(a, b):
    for left, right in zip(a, b, strict=True):
        np.testing.assert_array_equal(left, right)


def reseal(folder):
    """Checksums of what is there now, as if it had been saved so."""
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["sha256"] = {name: sha256(folder / name) for name in metadata["sha256"]}
    (folder / "metadata.json").write_text(json.dumps(metadata))


def edit(folder, name="config.json", **changes):
    content = json.loads((folder / name).read_text())
    content.update(changes)
    (folder / name).write_text(json.dumps(content))
    if name == "config.json":
        reseal(folder)


# ---------------------------------------------------------------------- round trip


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


# ---------------------------------------------------------------------- the folder


def test_the_folder_holds_what_it_should(trained, tmp_path):
    trained.save_to_preset(tmp_path / "a", card="# Digits\n\nTrained on digits.")
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {
        "README.md",
        "config.json",
        "metadata.json",
        "model.weights.h5",
        "samples.png",
    }
    metadata = json.loads((tmp_path / "a" / "metadata.json").read_text())
    assert metadata["class_name"] == "keras_genzoo>DCGAN"
    assert metadata["parameter_count"] == trained.count_params()
    assert metadata["keras_version"] == keras.__version__
    assert metadata["keras_genzoo_version"] == zoo.__version__
    assert metadata["has_optimizer"] is True
    for name in ("config.json", "model.weights.h5"):
        assert metadata["sha256"][name] == sha256(tmp_path / "a" / name)
    card = (tmp_path / "a" / "README.md").read_text()
    for fact in ("Trained on digits.", "DCGAN", "(8, 8, 1)", "Apache-2.0", 'from_preset("a")'):
        assert fact in card
    assert f"{trained.count_params():,}" in card
    with Image.open(tmp_path / "a" / "samples.png") as image:
        assert image.size == (8 * 58 + 2, 8 * 58 + 2)  # 64 images of 56 pixels, 2 between


def test_a_preset_is_not_overwritten_unasked(trained, preset, contents):
    before = contents(preset)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        trained.save_to_preset(preset)
    assert contents(preset) == before


def test_another_file_of_the_name_is_not_overwritten_unasked(trained, tmp_path):
    (tmp_path / "README.md").write_text("my project")
    with pytest.raises(FileExistsError, match=r"has README\.md"):
        trained.save_to_preset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_overwriting_leaves_exported_versions_alone(trained, preset, contents):
    (preset / "1").mkdir()
    (preset / "1" / "saved_model.pb").write_text("a SavedModel")
    trained.save_to_preset(preset, overwrite=True, card="new")
    assert (preset / "1" / "saved_model.pb").read_text() == "a SavedModel"
    assert "new" in (preset / "README.md").read_text()
    assert not [name for name in contents(preset) if name.startswith(".")]
    zoo.from_preset(preset)


@pytest.mark.parametrize("step", ["picture", "_card", "sha256"])
def test_interrupted_saving_leaves_the_old_preset(trained, preset, contents, monkeypatch, step):
    def interrupt(*_):
        raise KeyboardInterrupt

    before = contents(preset)
    monkeypatch.setattr(preset_module, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        trained.save_to_preset(preset, overwrite=True)
    monkeypatch.undo()
    assert contents(preset) == before
    zoo.from_preset(preset)


def test_metadata_takes_its_place_last():
    # It vouches for the others: had a crash left them mixed, loading would say so.
    assert preset_module.FILES[-1] == "metadata.json"


def test_failed_saving_leaves_nothing_behind(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(preset_module, "picture", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trained.save_to_preset(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(trained, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Expected a folder that can be written"):
        trained.save_to_preset(tmp_path / "file" / "a")


def test_a_class_without_a_registered_name_is_refused(tmp_path):
    class Unregistered(zoo.DCGAN):
        pass

    model = Unregistered(image_shape=(8, 8, 1), latent_dim=8, width=8)
    with pytest.raises(ValueError, match="register_keras_serializable"):
        model.save_to_preset(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------- where presets are found


@pytest.fixture
def small_zoo(preset, tmp_path, monkeypatch):
    """A zoo folder with dcgan_digits and dcgan_mnist in it."""
    folder = tmp_path / "zoo"
    for name in ("dcgan_digits", "dcgan_mnist"):
        shutil.copytree(preset, folder / name)
    (folder / "not_a_preset").mkdir()
    monkeypatch.setattr(preset_module, "zoo_folder", lambda: folder)
    return folder


def test_zoo_names(small_zoo, tmp_path, monkeypatch):
    assert saving.zoo_presets() == ["dcgan_digits", "dcgan_mnist"]
    assert isinstance(zoo.from_preset("dcgan_mnist"), zoo.DCGAN)
    # A folder here of that name, without a preset in it, does not hide the zoo's.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dcgan_mnist").mkdir()
    assert preset_module.find_preset("dcgan_mnist") == small_zoo / "dcgan_mnist"
    shutil.copytree(small_zoo / "dcgan_digits", tmp_path / "dcgan_mnist", dirs_exist_ok=True)
    assert preset_module.find_preset("dcgan_mnist").resolve() == tmp_path / "dcgan_mnist"


def test_unknown_name_names_the_nearest(small_zoo):
    with pytest.raises(ValueError, match=r"got 'dcgan_minst'.*Did you mean 'dcgan_mnist'"):
        zoo.from_preset("dcgan_minst")
    with pytest.raises(ValueError, match="The zoo has dcgan_digits, dcgan_mnist"):
        zoo.from_preset("something else")


def test_zoo_folder_in_a_wheel_and_in_a_checkout(tmp_path, monkeypatch):
    package = tmp_path / "keras_genzoo"
    monkeypatch.setattr(preset_module, "__file__", str(package / "saving" / "preset.py"))
    assert saving.zoo_folder() == tmp_path / "savedmodels"
    assert saving.zoo_presets() == []
    (package / "savedmodels").mkdir(parents=True)
    assert saving.zoo_folder() == package / "savedmodels"


def test_hub(preset, monkeypatch):
    asked = []

    def snapshot_download(repository, allow_patterns):
        asked.append((repository, sorted(allow_patterns)))
        return str(preset)

    hub = types.SimpleNamespace(snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    assert isinstance(zoo.from_preset("hf://owner/dcgan"), zoo.DCGAN)
    assert asked == [("owner/dcgan", sorted(preset_module.FILES))]


def test_hub_failures(monkeypatch):
    def no_network(*_, **__):
        raise RuntimeError("no route to host")

    hub = types.SimpleNamespace(snapshot_download=no_network)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    with pytest.raises(OSError, match="could not be downloaded: no route to host"):
        zoo.from_preset("hf://owner/dcgan")
    with pytest.raises(ValueError, match="Expected hf://owner/name"):
        zoo.from_preset("hf://dcgan")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # as if not installed
    with pytest.raises(ImportError, match=r"keras_genzoo\[hub\]"):
        zoo.from_preset("hf://owner/dcgan")


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "metadata.json"])
def test_a_missing_file(preset, name):
    (preset / name).unlink()
    with pytest.raises(ValueError, match=f"lacks {name}"):
        zoo.from_preset(preset)


def test_a_folder_that_is_no_preset(tmp_path):
    with pytest.raises(ValueError, match="lacks metadata.json, config.json, model.weights.h5"):
        zoo.from_preset(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "metadata.json"])
def test_no_json(preset, name):
    (preset / name).write_text("{ this is no JSON")
    if name == "config.json":
        reseal(preset)
    with pytest.raises(ValueError, match=f"Expected JSON in .*{name}"):
        zoo.from_preset(preset)


def test_an_altered_byte_in_the_weights(preset):
    path = preset / "model.weights.h5"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.weights\.h5 was altered or truncated"):
        zoo.from_preset(preset)


def test_truncated_weights(preset):
    path = preset / "model.weights.h5"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"model\.weights\.h5 was altered or truncated"):
        zoo.from_preset(preset)


def test_an_altered_configuration(preset):
    path = preset / "config.json"
    path.write_text(path.read_text().replace("symmetric", "x") + " ")
    with pytest.raises(ValueError, match=r"config\.json was altered or truncated"):
        zoo.from_preset(preset)


def test_truncated_weights_with_a_checksum_that_fits(preset):
    path = preset / "model.weights.h5"
    path.write_bytes(path.read_bytes()[:-1000])
    reseal(preset)
    with pytest.raises(ValueError, match="The weights of .* do not fit"):
        zoo.from_preset(preset)


def test_metadata_without_checksums(preset):
    edit(preset, "metadata.json", sha256={})
    with pytest.raises(ValueError, match="lacks the format version or the checksums"):
        zoo.from_preset(preset)


def test_a_format_of_the_future(preset):
    edit(preset, "metadata.json", format_version=99, keras_genzoo_version="9.0")
    with pytest.raises(ValueError, match=r"has format 99.*9\.0"):
        zoo.from_preset(preset)


@pytest.mark.parametrize("name", ["keras_genzoo>NoSuchModel", "os>system", None, 3])
def test_an_unknown_class(preset, name):
    edit(preset, registered_name=name)
    with pytest.raises(ValueError, match=f"class {name!r}, which is not known.*DCGAN"):
        zoo.from_preset(preset)


def test_a_registered_class_that_is_no_model(preset):
    edit(preset, registered_name="keras_genzoo>PerNetworkOptimizer")
    with pytest.raises(ValueError, match="which is not known"):
        zoo.from_preset(preset)


def test_another_class_than_the_one_asked_for(preset):
    with pytest.raises(ValueError, match=r"Expected a preset of VAE.*DCGAN\.from_preset"):
        zoo.VAE.from_preset(preset)
    assert isinstance(zoo.GenerativeModel.from_preset(preset), zoo.DCGAN)


def test_a_configuration_that_builds_nothing(preset):
    config = json.loads((preset / "config.json").read_text())["config"]
    edit(preset, config={**config, "latent_dim": -3})
    with pytest.raises(ValueError, match=r"No DCGAN can be built from .*latent_dim.*-3"):
        zoo.from_preset(preset)
    edit(preset, config="nothing")
    with pytest.raises(ValueError, match="Expected the arguments of a DCGAN"):
        zoo.from_preset(preset)


def test_arguments_that_do_not_exist_or_do_not_fit(preset):
    with pytest.raises(ValueError, match=r"No DCGAN can be built .*\{'widht': 3\}.*widht"):
        zoo.from_preset(preset, widht=3)
    with pytest.raises(ValueError, match=r"do not fit the DCGAN .*\{'width': 16\}.*expected"):
        zoo.from_preset(preset, width=16)


def test_weights_that_keras_would_only_skip(preset, monkeypatch):
    def load_weights(self, path):
        warnings.warn("Skipping variable loading for optimizer 'adam'", stacklevel=1)

    monkeypatch.setattr(zoo.DCGAN, "load_weights", load_weights)
    with pytest.raises(ValueError, match="do not fit .* Skipping variable loading"):
        zoo.from_preset(preset)


def model_with_lambda():
    generator = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(64, "tanh"),
            keras.layers.Reshape((8, 8, 1)),
            keras.layers.Lambda(lambda x: x * 1.0, output_shape=(8, 8, 1)),
        ]
    )
    return zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8, generator=generator)


def test_a_lambda_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="presets hold no code"):
        model_with_lambda().save_to_preset(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_the_code_of_a_lambda_is_never_run(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(preset_module, "_holds_lambda", lambda _: False)
        model_with_lambda().save_to_preset(tmp_path)
        assert "__lambda__" in (tmp_path / "config.json").read_text()
        # Keras's safe mode alone refuses it,
        with pytest.raises(ValueError, match="No DCGAN can be built.*[Ll]ambda"):
            zoo.from_preset(tmp_path)
    # and the library does even where a program has switched that off.
    with monkeypatch.context() as patch:
        state = keras.src.backend.common.global_state
        patch.setattr(state.GLOBAL_STATE_TRACKER, "safe_mode_saving", False, raising=False)
        with pytest.raises(ValueError, match="holds the code of a Python lambda"):
            zoo.from_preset(tmp_path)


# ---------------------------------------------------------------------- what Keras finds by name


def d_loss(real, fake):
    return fake - real


def g_loss(fake):
    return -fake


def hinge(real, fake):
    return ops.relu(1.0 - real) + ops.relu(1.0 + fake)


def tiny(**kwargs):
    return zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=2, **kwargs)


@pytest.fixture
def with_losses():
    model = tiny()
    model.compile(loss=(d_loss, g_loss))
    return model


@pytest.fixture
def registered():
    """Registers objects under "test>NAME", until the test is over."""
    known = dict(keras.saving.get_custom_objects())
    yield keras.saving.register_keras_serializable("test")
    keras.saving.get_custom_objects().clear()
    keras.saving.get_custom_objects().update(known)


def test_losses_that_would_not_load_are_not_saved(with_losses, tmp_path):
    with pytest.raises(ValueError, match="d_loss, g_loss are not.*register_keras.*include_opt"):
        with_losses.save_to_preset(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with_losses.save_to_preset(tmp_path, include_optimizer=False)
    assert not zoo.from_preset(tmp_path).compiled


def test_layers_that_would_not_load_are_not_saved(tmp_path):
    class Scale(keras.layers.Layer):
        def call(self, x):
            return 2.0 * x

    judge = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), Scale(), keras.layers.Dense(1)]
    )
    with pytest.raises(ValueError, match="Scale is not.*above each.$"):
        tiny(discriminator=judge).save_to_preset(tmp_path)


def test_registered_losses_load(registered, tmp_path):
    @registered
    def one(real, fake):
        return d_loss(real, fake)

    @registered
    def two(fake):
        return g_loss(fake)

    model = tiny()
    model.compile(loss=(one, two))
    model.save_to_preset(tmp_path)
    assert zoo.from_preset(tmp_path).loss_given == [one, two]


def test_a_loss_with_the_name_of_one_of_keras_is_not_saved(tmp_path):
    model = tiny()
    model.compile(loss=(hinge, g_loss))
    with (
        keras.saving.custom_object_scope({"g_loss": g_loss}),
        pytest.raises(ValueError, match=r"'hinge' to name .*test_preset.hinge; it names keras"),
    ):
        model.save_to_preset(tmp_path)


@pytest.fixture
def of_another_program(with_losses, tmp_path):
    """A preset whose losses nobody registers here."""
    with keras.saving.custom_object_scope({"d_loss": d_loss, "g_loss": g_loss}):
        with_losses.save_to_preset(tmp_path / "preset")
    return tmp_path / "preset"


def test_missing_losses_are_named_with_two_ways_out(with_losses, of_another_program):
    with pytest.raises(
        ValueError,
        match=r"needs d_loss, g_loss.*custom_objects=\{'d_loss': ..., 'g_loss': ...\}.*compile=Fa",
    ):
        zoo.from_preset(of_another_program)
    given = {"d_loss": d_loss, "g_loss": g_loss}
    for load in (zoo.from_preset, zoo.DCGAN.from_preset):
        model = load(of_another_program, custom_objects=given)
        assert model.compiled and model.loss_given == [d_loss, g_loss]
        rescued = load(of_another_program, compile=False)
        assert not rescued.compiled
        assert_equal(values(with_losses.variables), values(rescued.variables))


def test_an_open_scope_is_looked_at(of_another_program):
    with keras.saving.custom_object_scope({"d_loss": d_loss, "g_loss": g_loss}):
        assert zoo.from_preset(of_another_program).compiled


def cell(registered):
    """A notebook's cell, which may run again."""

    @registered
    class Mine(zoo.DCGAN):
        pass

    return Mine


def test_a_class_that_was_registered_again_is_saved_with_a_warning(registered, tmp_path):
    model = cell(registered)(image_shape=(8, 8, 1), latent_dim=4, width=2)
    newer = cell(registered)
    with pytest.warns(UserWarning, match="Another cell.<locals>.Mine has been registered") as seen:
        model.save_to_preset(tmp_path / "preset")
    assert __file__ in [warning.filename for warning in seen]
    assert type(newer.from_preset(tmp_path / "preset")) is newer
    model.save(tmp_path / "m.keras")
    assert type(keras.saving.load_model(tmp_path / "m.keras")) is newer


def test_a_name_that_another_class_has_taken_is_refused(registered, tmp_path):
    model = cell(registered)(image_shape=(8, 8, 1), latent_dim=4, width=2)
    registered(type("Mine", (zoo.VAE,), {}))
    with pytest.raises(ValueError, match="'test>Mine' to name .*cell.*it names .*Mine"):
        model.save_to_preset(tmp_path)


# ---------------------------------------------------------------------- NaN, whole files


@pytest.fixture
def diverged():
    model = tiny()
    model.compile()
    kernel = model.generator.trainable_variables[0]
    kernel.assign(np.full(kernel.shape, np.nan))
    return model


def test_what_is_not_finite_is_not_kept(diverged, tmp_path):
    for write in (diverged.save_to_preset, diverged.export):
        with pytest.raises(ValueError, match=r"1 of .*generator \(1, .*allow_non_finite=True"):
            write(tmp_path / "a")
    with pytest.raises(ValueError, match=r"m.keras; got NaN"):
        diverged.save(tmp_path / "m.keras")
    assert list(tmp_path.iterdir()) == []
    diverged.save_weights(tmp_path / "m.weights.h5")


def test_what_is_not_finite_is_kept_when_asked(diverged, tmp_path):
    diverged.save_to_preset(tmp_path, allow_non_finite=True)
    diverged.save(tmp_path / "m.keras", allow_non_finite=True)
    for again in (zoo.from_preset(tmp_path), keras.saving.load_model(tmp_path / "m.keras")):
        assert np.isnan(values(again.generator.trainable_variables)[0]).all()


def test_a_keras_file_is_written_whole(trained, tmp_path, contents, monkeypatch):
    path = tmp_path / "m_0.5.keras"
    trained.save(path)
    before = contents(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(type(trained), "save_own_variables", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            trained.save(path)
    assert contents(tmp_path) == before
    trained.save(str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["m_0.5.keras"]
    assert_equal(values(trained.variables), values(keras.saving.load_model(path).variables))


def test_a_keras_file_is_asked_about_as_in_keras(trained, tmp_path, monkeypatch):
    trained.save(tmp_path / "m.keras")
    before = (tmp_path / "m.keras").read_bytes()
    monkeypatch.setattr("builtins.input", lambda _: "n")
    trained.save(tmp_path / "m.keras", overwrite=False)
    assert (tmp_path / "m.keras").read_bytes() == before
    trained.save(tmp_path / "unzipped", zipped=False)
    assert (tmp_path / "unzipped" / "config.json").is_file()
    with pytest.raises(FileNotFoundError, match="no_such_folder/m.keras"):
        trained.save(tmp_path / "no_such_folder" / "m.keras")


def test_model_checkpoint_works(tmp_path):
    model, again = tiny(), tiny()
    model.compile()
    whole, weights = tmp_path / "m.keras", tmp_path / "m.weights.h5"
    for callback in (
        keras.callbacks.ModelCheckpoint(whole),
        keras.callbacks.ModelCheckpoint(weights, save_weights_only=True),
    ):
        callback.set_model(model)
        for epoch in range(2):
            callback.on_epoch_end(epoch, {})
    assert set(tmp_path.iterdir()) == {whole, weights}
    again.load_weights(weights)
    for loaded in (again, keras.saving.load_model(whole)):
        assert_equal(values(model.variables), values(loaded.variables))
