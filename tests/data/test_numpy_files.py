"""npz and npy files: keys, kinds of arrays, damage."""

import numpy as np
import pytest
from data_files import IMAGES, LABELS, RNG, everything

from keras_genzoo.data import load


@pytest.mark.parametrize(
    "train, test",
    [
        (("x_train", "y_train"), ("x_test", "y_test")),
        (("train", "train_labels"), ("test", "test_labels")),
        (("train_images", "train_labels"), ("test_images", "test_labels")),
    ],
)
def test_npz_with_splits(tmp_path, train, test):
    arrays = {train[0]: IMAGES[:4], train[1]: LABELS[:4], test[0]: IMAGES[4:], test[1]: LABELS[4:]}
    np.savez(tmp_path / "a.npz", **arrays)
    for split, part in (("train", slice(0, 4)), ("test", slice(4, 6))):
        x, y = everything(tmp_path / "a.npz", split, labels=True)
        np.testing.assert_array_equal(x, IMAGES[part, ..., None])
        np.testing.assert_array_equal(y, LABELS[part])
    with pytest.raises(ValueError, match=": train, test; got 'validation'"):
        load(tmp_path / "a.npz", "validation")


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_validation_has_three_spellings(tmp_path, name):
    np.savez(tmp_path / "a.npz", train=IMAGES, valid=IMAGES[:2])
    np.testing.assert_array_equal(everything(tmp_path / "a.npz", name), IMAGES[:2, ..., None])


@pytest.mark.parametrize("x, y", [("x", "y"), ("images", "labels")])
def test_npz_without_splits(tmp_path, x, y):
    np.savez_compressed(tmp_path / "a.npz", **{x: IMAGES, y: LABELS[:, None]})
    images, labels = everything(tmp_path / "a.npz", labels=True)
    np.testing.assert_array_equal(images, IMAGES[..., None])
    np.testing.assert_array_equal(labels, LABELS)
    with pytest.raises(ValueError, match="; got 'test'"):
        load(tmp_path / "a.npz", "test")


@pytest.mark.parametrize("x", ["x", "samples"])  # the second as `keras-genzoo sample` has it
def test_npz_of_examples_with_labels(tmp_path, x):
    np.savez(tmp_path / "a.npz", **{x: IMAGES, "labels": LABELS})
    np.testing.assert_array_equal(load(tmp_path / "a.npz", labels=True).y, LABELS)


def test_npz_that_cannot_be_used(tmp_path):
    path = tmp_path / "bad.npz"
    np.savez(path, foo=IMAGES, bar=LABELS)
    with pytest.raises(ValueError, match="Expected keys x_train.*; got foo, bar in .*bad.npz"):
        load(path)
    np.savez(path, x=IMAGES, y=LABELS / 2)
    with pytest.raises(ValueError, match="6 integer labels in .*bad.npz, y.*; got float64"):
        load(path)
    np.savez(path, x=np.array([{}, []], dtype=object))
    with pytest.raises(ValueError, match="arrays of numbers.*bad.npz.*allow_pickle=False"):
        load(path)
    np.savez(path, x=IMAGES)
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    with pytest.raises(ValueError, match="whole npz.*bad.npz.*truncated"):
        load(path)
    path.write_bytes(whole[:150] + bytes([whole[150] ^ 1]) + whole[151:])
    with pytest.raises(ValueError, match="whole npz.*bad.npz"):
        load(path)


def test_npy(tmp_path):
    np.save(tmp_path / "a.npy", IMAGES)
    np.testing.assert_array_equal(everything(tmp_path / "a.npy"), IMAGES[..., None])
    color = RNG.integers(0, 256, (3, 5, 4, 3))
    np.save(tmp_path / "color.npy", color)
    x = everything(tmp_path / "color.npy")
    np.testing.assert_array_equal(x, color)
    assert x.dtype == np.uint8
    vectors = RNG.normal(size=(7, 3))
    np.save(tmp_path / "vectors.npy", vectors)
    x = everything(tmp_path / "vectors.npy")
    np.testing.assert_array_equal(x, vectors.astype(np.float32))
    assert x.dtype == np.float32
    with pytest.raises(ValueError, match="vectors.npy.*has no labels"):
        load(tmp_path / "vectors.npy", labels=True)


@pytest.mark.parametrize(
    "array, message",
    [
        (IMAGES / 255, r"integers in 0\.\.255 in .*bad.npy; got float64 images.*255 \* x"),
        (IMAGES.astype(int) + 1000, r"got int64 images with values in \[10\d\d, 12\d\d\]"),
        (IMAGES.astype(int) - 1, r"integers in 0\.\.255"),
        (np.zeros((2, 3, 32, 32), np.uint8), r"got shape \(2, 3, 32, 32\)"),  # channels first
        (np.zeros((2, 3, 4, 5, 1), np.uint8), "got shape"),
        (np.zeros(5), "got shape"),
        (np.array([{}]), "whole npy file, numbers only"),
        (np.zeros((0, 4, 4), np.uint8), "at least one example"),
    ],
)
def test_npy_that_is_neither_images_nor_vectors(tmp_path, array, message):
    np.save(tmp_path / "bad.npy", array)
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "bad.npy")


def test_truncated_npy(tmp_path):
    np.save(tmp_path / "bad.npy", IMAGES)
    content = (tmp_path / "bad.npy").read_bytes()
    for length in (0, 50, len(content) - 1):
        (tmp_path / "bad.npy").write_bytes(content[:length])
        with pytest.raises(ValueError, match="Expected a whole npy file.*bad.npy"):
            load(tmp_path / "bad.npy")
