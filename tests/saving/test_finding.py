"""Where presets are found."""

import shutil
import sys
import types

import pytest

import keras_genzoo as zoo
from keras_genzoo import saving
from keras_genzoo.saving import preset as presets


@pytest.fixture
def small_zoo(preset, tmp_path, monkeypatch):
    """A zoo folder with dcgan_digits and dcgan_mnist in it."""
    folder = tmp_path / "zoo"
    for name in ("dcgan_digits", "dcgan_mnist"):
        shutil.copytree(preset, folder / name)
    (folder / "not_a_preset").mkdir()
    monkeypatch.setattr(presets, "zoo_folder", lambda: folder)
    return folder


def test_zoo_names(small_zoo, tmp_path, monkeypatch):
    assert saving.zoo_presets() == ["dcgan_digits", "dcgan_mnist"]
    assert isinstance(zoo.from_preset("dcgan_mnist"), zoo.DCGAN)
    # A folder here of that name, without a preset in it, does not hide the zoo's.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dcgan_mnist").mkdir()
    assert presets.find_preset("dcgan_mnist") == small_zoo / "dcgan_mnist"
    shutil.copytree(small_zoo / "dcgan_digits", tmp_path / "dcgan_mnist", dirs_exist_ok=True)
    assert presets.find_preset("dcgan_mnist").resolve() == tmp_path / "dcgan_mnist"


def test_unknown_name_names_the_nearest(small_zoo):
    with pytest.raises(ValueError, match=r"got 'dcgan_minst'.*Did you mean 'dcgan_mnist'"):
        zoo.from_preset("dcgan_minst")
    with pytest.raises(ValueError, match="Known: dcgan_digits, dcgan_mnist"):
        zoo.from_preset("something else")


def test_zoo_folder_in_a_wheel_and_in_a_checkout(tmp_path, monkeypatch):
    package = tmp_path / "keras_genzoo"
    monkeypatch.setattr(presets, "__file__", str(package / "saving" / "preset.py"))
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
    assert asked == [("owner/dcgan", sorted(presets.FILES))]


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
