"""Conditional models on the command line."""

import numpy as np
import pytest
from command import fails, ok

import keras_genzoo as zoo
from keras_genzoo import recipes

TINY = ["--image-size", 8, "--limit", 40, "--batch-size", 20, "--epochs", 1]


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    text = ok("train", "cgan", *TINY, "--set", "latent_dim=3", "--out", out)
    assert "on 40 examples of digits" in text
    return out / "preset"


def test_the_number_of_classes_is_that_of_the_data(preset):
    model = zoo.from_preset(preset)
    assert (model.num_classes, model.latent_dim) == (10, 3)
    # The recipe says no more than the options did.
    assert recipes.read_recipe(preset / "recipe.yaml").arguments == {"latent_dim": 3}


def test_samples_of_classes(preset, tmp_path):
    path = tmp_path / "x.npz"
    ok("sample", preset, "-n", 5, "--labels", "3, 7", "--out", path)
    with np.load(path) as file:
        np.testing.assert_array_equal(file["labels"], [3, 7, 3, 7, 3])
        expected = zoo.from_preset(preset).sample(5, labels=file["labels"], seed=0)
        np.testing.assert_array_equal(file["samples"], expected)
    ok("sample", preset, "-n", 5, "--out", path)
    with np.load(path) as file:
        assert file.files == ["samples"]


@pytest.mark.parametrize(
    ("status", "labels", "message"),
    [(2, "3;7", "Expected class numbers, such as 3,7"), (1, "3,10", "in 0..9")],
)
def test_labels_that_do_not_exist(preset, tmp_path, status, labels, message):
    error = fails(status, "sample", preset, "--labels", labels, "--out", tmp_path / "x.npz")
    assert message in error and not list(tmp_path.iterdir())


def test_labels_of_a_model_that_is_not_conditional(tmp_path):
    error = fails(1, "sample", "dcgan_digits", "--labels", "3", "--out", tmp_path / "x.png")
    assert "labels" in error


def test_data_without_labels_are_said(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((8, 8, 8, 1), "uint8"))
    error = fails(1, "train", "cgan", "--data", tmp_path / "x.npy", "--out", tmp_path / "run")
    assert "Expected data with labels" in error


def test_truncated_samples(tmp_path):
    arguments = {"image_shape": (8, 8, 1), "num_classes": 3, "latent_dim": 6, "width": 8}
    model = zoo.BigGAN(**arguments, embedding_dim=4, attention=False)
    model.save_to_preset(tmp_path / "preset")
    path = tmp_path / "x.npy"
    ok("sample", tmp_path / "preset", "-n", 4, "--truncation", 0.3, "--out", path)
    np.testing.assert_array_equal(np.load(path), model.sample(4, seed=0, truncation=0.3))
    error = fails(1, "sample", tmp_path / "preset", "--truncation", 0, "--out", path)
    assert "Expected truncation, a number between 0" in error
    error = fails(1, "sample", "dcgan_digits", "--truncation", 0.5, "--out", path)
    assert "samples of DCGAN are not made to be truncated" in error
