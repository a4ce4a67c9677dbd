"""idx files as MNIST has them, whole, alone, gzipped or damaged."""

import gzip
import hashlib

import numpy as np
import pytest
from data_files import IMAGES, LABELS, everything, idx

from keras_genzoo.data import load


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("separator", ["-", "."])
def test_idx_folder(tmp_path, compress, separator):
    suffix = ".gz" if compress is gzip.compress else ""
    for prefix, part in (("train", slice(0, 4)), ("t10k", slice(4, 6))):
        for kind, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
            name = f"{prefix}-{kind}-ubyte{suffix}".replace("-idx", f"{separator}idx")
            (tmp_path / name).write_bytes(compress(idx(array[part])))
    for split, part in (("train", slice(0, 4)), ("test", slice(4, 6))):
        x, y = everything(tmp_path, split, labels=True)
        np.testing.assert_array_equal(x, IMAGES[part, ..., None])
        np.testing.assert_array_equal(y, LABELS[part])
        assert x.dtype == np.uint8 and y.dtype == np.int32
    with pytest.raises(ValueError, match="split of .*: train, test; got 'valid'"):
        load(tmp_path, "valid")


def test_idx_folder_without_labels(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    np.testing.assert_array_equal(everything(tmp_path), IMAGES[..., None])
    with pytest.raises(ValueError, match="has no labels"):
        load(tmp_path, labels=True)


@pytest.mark.parametrize("name", ["a.idx", "b-images-idx3-ubyte", "c-ubyte.gz", "d.gz"])
def test_single_idx_file(tmp_path, name):
    compress = gzip.compress if name.endswith("gz") else bytes
    (tmp_path / name).write_bytes(compress(idx(IMAGES)))
    np.testing.assert_array_equal(everything(tmp_path / name), IMAGES[..., None])
    np.testing.assert_array_equal(everything(str(tmp_path / name)), IMAGES[..., None])
    with pytest.raises(ValueError, match="split of .*: train; got 'test'"):
        load(tmp_path / name, "test")


@pytest.mark.parametrize(
    "content, message",
    [
        (idx(IMAGES)[:-1], r"Expected 136 bytes for shape \(6, 5, 4\); got 135 in .*bad.idx"),
        (idx(IMAGES) + b"x", "Expected 136 bytes.*; got 137"),
        (idx(IMAGES)[:9], "truncated"),
        (b"", "idx file of unsigned bytes.*got nothing"),
        (b"\x89PNG" + bytes(50), "idx file of unsigned bytes.*got 89 50 4e 47"),
        (b"\0\0\x0d\x01" + bytes(8), "unsigned bytes"),  # 4-byte floats
        (gzip.compress(idx(IMAGES))[:-20], "whole gzip file"),
        (b"\x1f\x8b" + bytes(30), "whole gzip file"),
        (idx(LABELS), r"Expected images .*bad.idx; got shape \(6,\)"),
    ],
)
def test_bad_idx_file(tmp_path, content, message):
    path = tmp_path / "bad.idx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load(path)


def test_idx_labels_of_another_length(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:5]))
    with pytest.raises(ValueError, match=r"6 integer labels in .*train-labels.*; got .*\(5,\)"):
        load(tmp_path)


def test_real_mnist(shared_data):
    x, y = everything(shared_data / "mnist", "test", labels=True)
    assert x.shape == (10_000, 28, 28, 1)
    assert list(y[:10]) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert len(load(shared_data / "mnist").x) == 60_000
    # The pixels as gzip and a slice give them.
    raw = gzip.decompress((shared_data / "mnist" / "t10k-images-idx3-ubyte.gz").read_bytes())
    assert hashlib.sha256(x).digest() == hashlib.sha256(raw[16:]).digest()
