"""`keras-genzoo sample` and `keras-genzoo export`."""

import keras
import numpy as np
import pytest
from command import fails, ok
from PIL import Image

import keras_genzoo as zoo


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset")
    keras.utils.set_random_seed(0)
    zoo.DCGAN(image_shape=(8, 8, 1), width=2).save_to_preset(folder)
    return folder


@pytest.mark.parametrize("name", ["samples.jpg", "samples"])
def test_sample_refuses_other_files(preset, tmp_path, name):
    assert "ending in .png or .npy" in fails(2, "sample", preset, "--out", tmp_path / name)


def test_sample_writes_a_grid_or_an_array(preset, tmp_path):
    images = zoo.from_preset(preset).sample(6, seed=3)
    array, picture = tmp_path / "new" / "x.npy", tmp_path / "new" / "x.png"
    assert str(array) in ok("sample", preset, "-n", 6, "--seed", 3, "--out", array)
    np.testing.assert_array_equal(np.load(array), images)
    ok("sample", preset, "-n", 6, "--seed", 3, "--out", picture)
    expected = zoo.plotting.picture(images)
    with Image.open(picture) as got:
        np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))


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
