"""`keras-genzoo sample` and `keras-genzoo export`."""

import keras
import numpy as np
import pytest
from command import fails, ok
from folders import contents
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo import cli


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset")
    keras.utils.set_random_seed(0)
    zoo.DCGAN(image_shape=(8, 8, 1), width=2).save_to_preset(folder)
    return folder


@pytest.fixture(scope="module")
def of_vectors(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset")
    zoo.NICE(num_features=2, hidden_units=4, hidden_layers=1).save_to_preset(folder)
    return folder


def test_sample_refuses_other_files(preset, tmp_path):
    error = fails(2, "sample", preset, "--out", tmp_path / "samples.jpg")
    assert "ending in .png, .npz or .npy" in error


def test_sample_writes_a_grid_or_an_array(preset, tmp_path):
    images = zoo.from_preset(preset).sample(6, seed=3)
    array, picture = tmp_path / "new" / "x.npy", tmp_path / "new" / "x.png"
    assert str(array) in ok("sample", preset, "-n", 6, "--seed", 3, "--out", array)
    np.testing.assert_array_equal(np.load(array), images)
    ok("sample", preset, "-n", 6, "--seed", 3, "--out", picture)
    expected = zoo.plotting.picture(images)
    with Image.open(picture) as got:
        np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))


def test_sample_writes_a_folder_of_pictures_or_a_compressed_array(preset, tmp_path):
    images = zoo.from_preset(preset).sample(3, seed=1)
    folder, array = tmp_path / "new" / "pictures", tmp_path / "x.npz"
    for n in (5, 3):  # the folder of an earlier call is replaced
        ok("sample", preset, "-n", n, "--seed", 1, "--out", folder)
    assert sorted(path.name for path in folder.iterdir()) == [f"00000{i}.png" for i in range(3)]
    np.testing.assert_array_equal(zoo.data.load(folder).x, images)
    ok("sample", preset, "-n", 3, "--seed", 1, "--out", array)
    with np.load(array) as file:
        np.testing.assert_array_equal(file["samples"], images)


def test_sample_leaves_a_folder_of_other_things_alone(preset, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert "has notes.txt" in fails(1, "sample", preset, "--out", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_vectors_are_points_or_an_array(of_vectors, tmp_path):
    error = fails(1, "sample", of_vectors, "--out", tmp_path / "folder")
    assert "Expected images for a folder" in error
    ok("sample", of_vectors, "--out", tmp_path / "x.png")
    ok("sample", of_vectors, "--out", tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as file:
        assert file["samples"].shape == (16, 2)


@pytest.mark.parametrize("name", ["x.png", "x.npy", "x.npz", "folder"])
def test_what_is_not_read_back_as_it_was_written_replaces_nothing(
    preset, tmp_path, monkeypatch, name
):
    ok("sample", preset, "--out", tmp_path / name)
    before = contents(tmp_path)
    same = cli.sample._same
    monkeypatch.setattr(cli.sample, "_same", lambda path, one, two: same(path, one, 255 - two))
    error = fails(1, "sample", preset, "--seed", 1, "--out", tmp_path / name)
    assert "was not written: what was read back" in error
    assert contents(tmp_path) == before


def test_export_versions(preset, tmp_path):
    text = ok("export", preset, tmp_path)
    assert "sample(" in text and "decode(" in text
    saved = tmp_path / "1" / "saved_model.pb"
    first = saved.stat().st_mtime_ns
    error = fails(1, "export", preset, tmp_path)
    assert "Pass --version 2, or --overwrite to replace it." in error
    assert saved.stat().st_mtime_ns == first
    ok("export", preset, tmp_path, "--version", 2)
    assert (tmp_path / "2" / "saved_model.pb").exists()
    ok("export", preset, tmp_path, "--overwrite")
    assert saved.stat().st_mtime_ns > first


def test_export_formats(preset, tmp_path):
    path = tmp_path / "dcgan.tflite"
    export = ["export", preset, path, "--format", "litert", "--signature", "decode"]
    assert "dcgan.tflite: decode(z float32(" in ok(*export)
    assert path.is_file()
    assert "Pass --overwrite to" in fails(1, *export)
    assert "Did you mean 'onnx'?" in fails(1, "export", preset, tmp_path, "--format", "onxx")
