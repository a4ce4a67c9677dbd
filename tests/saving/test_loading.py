"""What is refused when a preset is loaded."""

import json
import warnings

import keras
import pytest

import keras_genzoo as zoo
from keras_genzoo.saving import loading, writing
from keras_genzoo.support.files import sha256


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
    with pytest.raises(
        ValueError, match=r"do not fit the DCGAN .*\{'width': 16\}.*2 of 11 variables"
    ):
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
        for module in (writing, loading):
            patch.setattr(module, "holds_lambda", lambda _: False)
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
