"""The folder of a preset: what is in it, and that it is written whole."""

import json

import keras
import pytest
from folders import contents
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo import saving
from keras_genzoo.saving import writing
from keras_genzoo.support.files import sha256


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


def test_a_preset_is_not_overwritten_unasked(trained, preset):
    before = contents(preset)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        trained.save_to_preset(preset)
    assert contents(preset) == before


def test_another_file_of_the_name_is_not_overwritten_unasked(trained, tmp_path):
    (tmp_path / "README.md").write_text("my project")
    with pytest.raises(FileExistsError, match=r"has README\.md"):
        trained.save_to_preset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_overwriting_leaves_exported_versions_alone(trained, preset):
    (preset / "1").mkdir()
    (preset / "1" / "saved_model.pb").write_text("a SavedModel")
    trained.save_to_preset(preset, overwrite=True, card="new")
    assert (preset / "1" / "saved_model.pb").read_text() == "a SavedModel"
    assert "new" in (preset / "README.md").read_text()
    assert not [name for name in contents(preset) if name.startswith(".")]
    zoo.from_preset(preset)


@pytest.mark.parametrize("step", ["picture", "model_card", "sha256"])
def test_interrupted_saving_leaves_the_old_preset(trained, preset, monkeypatch, step):
    def interrupt(*_):
        raise KeyboardInterrupt

    before = contents(preset)
    monkeypatch.setattr(writing, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        trained.save_to_preset(preset, overwrite=True)
    monkeypatch.undo()
    assert contents(preset) == before
    zoo.from_preset(preset)


def test_metadata_takes_its_place_last():
    # It vouches for the others: had a crash left them mixed, loading would say so.
    assert saving.preset.FILES[-1] == "metadata.json"


def test_failed_saving_leaves_nothing_behind(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "picture", lambda _: 1 / 0)
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
