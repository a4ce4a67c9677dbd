"""Presets in half precision, and those of a class."""

import json

import keras
import numpy as np
import pytest
from folders import contents

import keras_genzoo as zoo
from keras_genzoo import saving


def test_half_precision_halves_the_file_and_loads_as_float32(tmp_path):
    model = zoo.VAE(image_shape=(8, 8, 1), latent_dim=4, hidden_units=(800,))
    model.compile()
    model.save_to_preset(tmp_path / "full", include_optimizer=False)
    model.save_to_preset(tmp_path / "half", include_optimizer=False, dtype="float16")
    full, half = (tmp_path / name / "model.weights.h5" for name in ("full", "half"))
    assert half.stat().st_size < 0.6 * full.stat().st_size
    loaded = zoo.from_preset(tmp_path / "half")
    assert loaded.dtype_policy.name == "float32"
    for old, new in zip(model.weights, loaded.weights, strict=True):
        assert new.dtype == old.dtype
        expected = keras.ops.convert_to_numpy(old.value)
        if old.dtype == "float32":
            expected = expected.astype("float16").astype("float32")
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(new.value), expected)
    # The model that was saved keeps its weights, and is still the one to train.
    assert model.compiled
    assert np.abs(model.get_weights()[0]).max() != np.abs(loaded.get_weights()[0]).max()
    assert "half precision" in (tmp_path / "half" / "README.md").read_text()
    assert "half precision" not in (tmp_path / "full" / "README.md").read_text()
    assert json.loads((tmp_path / "half" / "metadata.json").read_text())["stored_in"] == "float16"


def test_the_picture_is_of_the_weights_that_are_stored(trained, tmp_path):
    trained.save_to_preset(tmp_path / "a", include_optimizer=False, dtype="float16")
    loaded = zoo.from_preset(tmp_path / "a")
    loaded.save_to_preset(tmp_path / "b", include_optimizer=False)
    one, two = (contents(tmp_path / name)["samples.png"] for name in "ab")
    assert one == two


@keras.saving.register_keras_serializable("test_half")
class Counting(zoo.NICE):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.count = self.state("count")


def test_counts_are_not_halved(tmp_path):
    model = Counting(num_features=2, hidden_units=4, hidden_layers=1)
    model.count.assign(70_001.0)
    model.save_to_preset(tmp_path, include_optimizer=False, dtype="float16")
    assert float(zoo.from_preset(tmp_path).count) == 70_001


def test_what_half_precision_cannot_hold_is_refused(tmp_path):
    model = zoo.VAE(image_shape=(8, 8, 1), latent_dim=4, hidden_units=(4,))
    model.save_to_preset(tmp_path / "weights_alone", dtype="float16")
    model.compile()
    with pytest.raises(ValueError, match="weights alone in float16.*Do include_optimizer=False"):
        model.save_to_preset(tmp_path / "a", dtype="float16")
    with pytest.raises(ValueError, match="got 'float61'. Did you mean 'float16'"):
        model.save_to_preset(tmp_path / "a", dtype="float61", include_optimizer=False)
    variable = model.trainable_variables[0]
    variable.assign(keras.ops.full(variable.shape, 1e5))
    with pytest.raises(ValueError, match="within 65,504 of zero.* goes to 100000"):
        model.save_to_preset(tmp_path / "a", dtype="float16", include_optimizer=False)
    assert not (tmp_path / "a").exists()


def test_a_class_knows_its_presets():
    presets = zoo.DCGAN.presets
    about = presets["dcgan_digits"]
    assert about["metadata"]["params"] == zoo.from_preset("dcgan_digits").count_params()
    assert about["metadata"]["description"].startswith("A DCGAN")
    assert about["folder"] == str(saving.zoo_folder() / "dcgan_digits")
    assert "dcgan_digits" not in zoo.VAE.presets
    assert sorted(zoo.GenerativeModel.presets) == zoo.presets()
    assert set().union(*(model.presets for model in zoo.MODELS.values())) == set(zoo.presets())


def test_another_class_names_its_own():
    with pytest.raises(ValueError, match=r"Expected a preset of VAE; .* holds a DCGAN"):
        zoo.VAE.from_preset("dcgan_digits")


def test_a_description_is_the_first_paragraph(trained, tmp_path):
    for card, expected in {
        "": "",
        "# Title\n\nWhat it\nis.\n\nMore.": "What it is.",
        "---\ntags: [a]\n---\n\nOne.": "One.",
    }.items():
        trained.save_to_preset(tmp_path, card=card, overwrite=True)
        metadata = json.loads((tmp_path / "metadata.json").read_text())
        assert metadata["description"] == expected
