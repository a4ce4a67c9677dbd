"""What the command line says where something goes wrong."""

import numpy as np
import pytest
from command import fails, run
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo import cli

TINY = ["--image-size", "8", "--limit", "40", "--batch-size", "20", "--set", "width=2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "dcgan", "--data", "digist"], "Did you mean 'digits'"),
        (["train", "dcgan", "--data", "./nowhere"], "nowhere"),
        (["train", "dcgan", "--image-size", "9"], "Resize the images"),
        (["sample", "./nowhere"], "nowhere"),
        (["export", "no_such_zoo_name", "x"], "no_such_zoo_name"),
    ],
)
def test_an_error_is_one_line_and_status_1(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Pass version=2, or overwrite=True.", "Pass --version 2, or --overwrite."),
        ("Pass image_size to resize them all.", "Pass --image-size to resize them all."),
        (
            "Leave image_size out: batch_size=, limit=",
            "Leave --image-size out: --batch-size, --limit",
        ),
        ('pass that as data_dir; or data="digits"', 'pass that as --data-dir; or --data "digits"'),
        ("or give ResumeTraining another folder.", "or give another --out."),
        ("tfds.load('x', data_dir=...)", "tfds.load('x', data_dir=...)"),
        ("a seed, data, image_shape=3", "a seed, data, image_shape=3"),
        ("./image_size/skip_broken=True.png", "./image_size/skip_broken=True.png"),
        ("my_image_size, x.batch_size, latent_dim", "my_image_size, x.batch_size, latent_dim"),
    ],
)
def test_messages_speak_of_options(said, shown):
    assert cli.shell.in_options(said) == shown


def test_real_errors_speak_of_options(tmp_path):
    for i, side in enumerate((8, 9)):
        Image.fromarray(np.zeros((side, side), "uint8")).save(tmp_path / f"{i}.png")
    error = fails(1, "train", "dcgan", "--data", tmp_path, "--out", tmp_path / "run")
    assert "Pass --image-size to resize them all." in error
    error = fails(1, "train", "wgan_gp", "--data", "ring", "--image-size", 8)
    assert "Leave --image-size out." in error
    error = fails(1, "train", "dcgan", "--data", tmp_path / "0.png", "--split", "test")
    assert "_" not in error.partition(": ")[2].replace(str(tmp_path), "")


def test_training_that_diverged_is_a_plain_error(tmp_path, monkeypatch):
    def fit(self, *args, **kwargs):
        raise FloatingPointError("Expected finite losses; got nan.")

    monkeypatch.setattr(zoo.DCGAN, "fit", fit)
    result = run("train", "dcgan", *TINY, "--out", tmp_path)
    assert (result.exit_code, result.stderr) == (1, "Error: Expected finite losses; got nan.\n")


def test_unforeseen_errors_name_their_kind_and_debug_shows_where(monkeypatch):
    def broken():
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(zoo, "presets", broken)
    result = run("list")
    assert (result.exit_code, result.stderr) == (1, "Error (ZeroDivisionError): by zero\n")
    result = run("list", "--debug")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr and "in broken" in result.stderr
