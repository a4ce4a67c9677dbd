import os

import numpy as np
import pytest

from keras_genzoo import data
from keras_genzoo.data import load


def test_public_names():
    assert sorted(data.__all__) == ["Batches", "load"]


def test_digits_are_enlarged_unless_asked_for():
    assert load("digits").x.shape == (1442, 28, 28, 1)
    with pytest.warns(UserWarning, match="355 of 355 images: 'digits' is 8x8.*8x12"):
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
    assert list(np.bincount(batches.y)) == [50, 50]
    np.testing.assert_array_equal(batches.x, load("patches", "test", limit=100, seed=7).x)


def test_limit_is_spread_over_the_classes_of_built_in_sets():
    assert list(np.bincount(load("digits", limit=100, labels=True).y)) == [10] * 10
    assert len(np.unique(load("ring", limit=8, labels=True).y)) == 8
    assert load("ring", limit=10**6).num_examples == 50_000


def test_slices_of_built_in_sets():
    parts = [load("digits", f"train{part}", labels=True) for part in ("[:90%]", "[90%:]")]
    assert [part.num_examples for part in parts] == [1298, 144]
    assert all(np.ptp(np.bincount(part.y) / part.num_examples) < 0.03 for part in parts)
    whole = sorted(image.tobytes() for part in parts for image in part.x)
    assert whole == sorted(image.tobytes() for image in load("digits").x)


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
    with pytest.raises(ValueError, match=r"got 'my_faces', .*\. Write './my_faces' to read"):
        load("my_faces")
    np.save("my_faces/a.npy", np.zeros((2, 4, 4), np.uint8))
    assert load("my_faces/a.npy").num_examples == 2
    with pytest.raises(ValueError, match="Expected images.*my_faces"):
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
        (
            dict(name="digits", split="validation"),
            "'digits': train, test; got 'validation'",
        ),
        (dict(name="ring", split="trian"), "split of 'ring': train, test; got 'trian'"),
        (dict(name="ring", image_size=8), "Expected images; got vectors in 'ring'"),
        (dict(name="digits", image_size=0), "image_size"),
        (dict(name="digits", image_size=(8, 8, 1)), "image_size"),
        (dict(name="digits", limit=0), "limit, a positive integer; got 0"),
        (dict(name="digits", augment="filp"), "'filp'.*Did you mean 'flip'"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        load(**arguments)
