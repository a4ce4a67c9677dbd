import os

import numpy as np
import pytest

from keras_genzoo import data
from keras_genzoo.data import load


def test_public_names():
    assert sorted(data.__all__) == ["Batches", "load"]


def test_digits_are_enlarged_unless_asked_for():
    assert load("digits").x.shape == (1442, 28, 28, 1)
    assert load("digits", "test", image_size=(8, 12)).x.shape == (355, 8, 12, 1)
    small = load("digits", image_size=8).x
    assert small.shape == (1442, 8, 8, 1)
    large = load("digits").x
    assert large.dtype == np.uint8
    # Enlarged, not padded or shuffled: each block of 28 / 8 pixels has its pixel's grey.
    middle = np.round((np.arange(8) + 0.5) * 3.5 - 0.5).astype(int)
    agreement = np.corrcoef(large[:, middle][:, :, middle].ravel(), small.ravel())[0, 1]
    assert agreement > 0.98


def test_resizing_down_is_antialiased(tmp_path):
    stripes = np.zeros((1, 32, 32, 3), np.uint8)
    stripes[:, :, ::2] = 254
    np.save(tmp_path / "stripes.npy", stripes)
    small = load(tmp_path / "stripes.npy", image_size=8).x
    assert small.shape == (1, 8, 8, 3)
    assert abs(small.astype(int) - 127).max() < 20


def test_labels_limit_and_name():
    batches = load("patches", "test", labels=True, limit=100, batch_size=32)
    x, y = batches.batch_at(0)
    assert x.shape == (32, 32, 32, 3) and y.shape == (32,) and y.dtype == np.int32
    assert batches.num_examples == 100 and len(batches) == 4
    assert batches.name == "patches/test"
    assert load("patches").y is None
    np.testing.assert_array_equal(batches.x, load("patches", "test").x[:100])


def test_only_train_is_shuffled():
    assert load("ring").shuffle and load("ring").drop_remainder
    assert not load("ring", "test").shuffle and not load("ring", "test").drop_remainder
    assert not load("ring", shuffle=False).shuffle
    assert load("ring", "test", shuffle=True).shuffle


def test_seed_changes_order_alone():
    first, second = load("ring", seed=1), load("ring", seed=2)
    np.testing.assert_array_equal(first.x, second.x)
    assert not np.array_equal(first.batch_at(0)[0], second.batch_at(0)[0])


def test_bare_word_is_never_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.makedirs("digits")
    assert load("digits").num_examples == 1442
    os.makedirs("my_faces")
    with pytest.raises(ValueError, match="'./my_faces'"):
        load("my_faces")
    np.save("my_faces/a.npy", np.zeros((2, 4, 4), np.uint8))
    assert load("my_faces/a.npy").num_examples == 2
    with pytest.raises(ValueError, match="my_faces: expected images"):
        load("./my_faces")


def test_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    np.save(tmp_path / "a.npy", np.zeros((2, 4, 4), np.uint8))
    assert load("~/a.npy").num_examples == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(name="digts"), "'digts'.*Did you mean 'digits'"),
        (dict(name="fashion-mnist"), "'fashion-mnist'.*Did you mean 'fashion_mnist'"),
        (dict(name="qqqqqq"), "Known: digits, patches, ring"),
        (dict(name="digits", split="validation"), "no split 'validation'.*train, test"),
        (dict(name="ring", split="trian"), "no split 'trian'.*train, test"),
        (dict(name="ring", image_size=8), "vectors, not images"),
        (dict(name="digits", image_size=0), "image_size"),
        (dict(name="digits", image_size=(8, 8, 1)), "image_size"),
        (dict(name="digits", limit=0), "limit >= 1"),
        (dict(name="digits", augment="filp"), "'filp'.*Did you mean 'flip'"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        load(**arguments)
