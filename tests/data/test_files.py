"""What holds for every kind of file: limits, black and white, slices, missing paths."""

import numpy as np
import pytest
from data_files import BLACK_AND_WHITE, IMAGES, everything, idx, picture

from keras_genzoo.data import load


def test_limit_reads_no_more_files(tmp_path):
    for i in range(6):
        picture(tmp_path / f"{i}.png", IMAGES[i])
    (tmp_path / "3.png").write_bytes(b"damaged")
    np.testing.assert_array_equal(everything(tmp_path, limit=3), IMAGES[[0, 2, 4], ..., None])
    with pytest.raises(ValueError, match="3.png"):
        load(tmp_path, limit=6)


def test_limit_takes_equally_many_of_each_class(tmp_path):
    for i, name in enumerate(["a"] * 5 + ["b"] * 2 + ["c"] * 8):
        picture(tmp_path / name / f"{i:02}.png", np.full((2, 2), i, np.uint8))
    for limit, counts in ((3, [1, 1, 1]), (7, [3, 2, 2]), (10, [4, 2, 4]), (99, [5, 2, 8])):
        x, y = everything(tmp_path, labels=True, limit=limit)
        assert list(np.bincount(y)) == counts
        assert list(x[:, 0, 0, 0]) == sorted(set(x[:, 0, 0, 0]))  # as in the folder
        assert set(np.digitize(x[:, 0, 0, 0], [5, 7]) - y) == {0}
        np.testing.assert_array_equal(everything(tmp_path, limit=limit), x)


@pytest.mark.parametrize("with_labels", [True, False])
def test_limit_of_arrays_is_spread(tmp_path, with_labels):
    x = np.arange(2, 62, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 1), np.uint8)
    y = np.repeat([0, 1, 2], 20)
    arrays = {"x": x, "y": y} if with_labels else {"x": x}
    np.savez(tmp_path / "a.npz", **arrays)
    np.testing.assert_array_equal(everything(tmp_path / "a.npz", limit=6), x[::10])
    np.testing.assert_array_equal(everything(tmp_path / "a.npz", limit=60), x)
    assert len(everything(tmp_path / "a.npz", limit=7)) == 7


@pytest.mark.parametrize("kind", ["idx", "npz", "npy", "bool", "folder"])
def test_images_of_0_and_1_become_0_and_255(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "idx":
        path.write_bytes(idx(BLACK_AND_WHITE))
    elif kind == "folder":
        for i, image in enumerate(BLACK_AND_WHITE):
            picture(path / f"{i}.png", image)
        path = str(path)
    elif kind == "npz":
        np.savez(path, x=BLACK_AND_WHITE.astype(int))
    else:
        path = tmp_path / "a.npy"
        np.save(path, BLACK_AND_WHITE.astype(bool) if kind == "bool" else BLACK_AND_WHITE)
    np.testing.assert_array_equal(everything(path), 255 * BLACK_AND_WHITE[..., None])
    # They are spread out before they are resized, which makes greys.
    small = everything(path, image_size=4)
    assert small.shape == (6, 4, 4, 1) and len(np.unique(small)) > 10


def test_images_with_one_pixel_of_2_stay_as_they_are(tmp_path):
    x = BLACK_AND_WHITE.copy()
    x[-1, 0, 0] = 2
    for images in (x, 0 * x):
        np.save(tmp_path / "a.npy", images)
        np.testing.assert_array_equal(everything(tmp_path / "a.npy"), images[..., None])
        for i, image in enumerate(images):
            picture(tmp_path / "folder" / f"{i}.png", image)
        np.testing.assert_array_equal(everything(tmp_path / "folder"), images[..., None])
    vectors = BLACK_AND_WHITE.reshape(6, -1)
    np.save(tmp_path / "v.npy", vectors)
    np.testing.assert_array_equal(everything(tmp_path / "v.npy"), vectors)


@pytest.mark.parametrize("kind", ["folder", "npz", "npy"])
def test_two_slices_are_everything_and_share_nothing(tmp_path, kind):
    x = np.arange(2, 42, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 1), np.uint8)
    y = np.repeat([0, 1], 20)
    path = tmp_path / f"a.{kind}"
    if kind == "npy":
        np.save(path, x)
    elif kind == "npz":
        np.savez(path, x=x, y=y)
    else:
        for image, label in zip(x, y, strict=True):
            picture(path / "ab"[label] / f"{image[0, 0, 0]:02}.png", image[..., 0])
        path = str(path)
    for first, second in (("[:90%]", "[90%:]"), ("[:-7]", "[-7:]"), ("[:33%]", "[-67%:]")):
        parts = [load(path, f"train{part}", labels=kind != "npy") for part in (first, second)]
        assert parts[0].shuffle
        numbers = [list(part.x[:, 0, 0, 0]) for part in parts]
        assert sorted(numbers[0] + numbers[1]) == list(range(2, 42))
        assert all(part == sorted(part) for part in numbers)
        if kind != "npy":
            assert all(np.ptp(np.bincount(part.y)) <= 1 for part in parts)
    held_out = load(path, "train[75%:]", limit=4, labels=kind != "npy").x
    assert set(held_out[:, 0, 0, 0]) <= set(load(path, "train[75%:]").x[:, 0, 0, 0])
    assert len(held_out) == 4


def test_a_missing_split_tells_how_to_make_one(tmp_path):
    picture(tmp_path / "pics" / "1.png", IMAGES[0])
    np.savez(tmp_path / "a.npz", x=IMAGES)
    hint = r"share no example: 'train\[:90%\]' and 'train\[90%:\]'"
    with pytest.raises(ValueError, match=f"pics/train, .*pics/test. .*{hint}"):
        load(tmp_path / "pics", "test")
    with pytest.raises(ValueError, match=f"x_test, y_test. .*{hint}"):
        load(tmp_path / "a.npz", "test")


@pytest.mark.parametrize("split", ["train[a]", "train[5]", "train[", "train[1.5%:]", "train[::2]"])
def test_what_is_no_slice(tmp_path, split):
    np.save(tmp_path / "a.npy", IMAGES)
    with pytest.raises(ValueError, match=r"a slice such as 'train\[:90%\]'.*; got"):
        load(tmp_path / "a.npy", split)


def test_an_empty_slice(tmp_path):
    np.save(tmp_path / "a.npy", IMAGES)
    with pytest.raises(ValueError, match=r"holds examples; got 'train\[3:3\]' of 6"):
        load(tmp_path / "a.npy", "train[3:3]")


def test_missing_path(tmp_path):
    for path in (tmp_path / "no.npz", str(tmp_path / "no"), "./no", "no.npy"):
        with pytest.raises(FileNotFoundError, match="Expected a file or folder; got .*no"):
            load(path)
