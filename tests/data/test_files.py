import gzip
import hashlib
import struct

import numpy as np
import pytest
from PIL import Image

from keras_genzoo.data import load

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 5, 4), np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9], np.uint8)


def idx(array):
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()


def everything(path, split="train", labels=False, **kwargs):
    """All examples in the order of the file."""
    batches = load(path, split, labels=labels, shuffle=False, **kwargs)
    return (batches.x, batches.y) if labels else batches.x


def picture(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


# idx


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


# npz and npy


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


# Folders of images


def test_folder_of_splits_and_classes(tmp_path):
    color = RNG.integers(0, 256, (5, 6, 4, 3), np.uint8)
    where = ["train/dog/1.png", "train/cat/2.PNG", "train/cat/1.png", "test/dog/1.png"]
    for path, image in zip(where, color, strict=False):
        picture(tmp_path / path, image)
    (tmp_path / "train" / "cat" / "notes.txt").write_text("no image")
    picture(tmp_path / "train" / ".cache" / "1.png", color[4])
    x, y = everything(tmp_path, "train", labels=True)
    np.testing.assert_array_equal(x, color[[2, 1, 0]])
    assert list(y) == [0, 0, 1] and y.dtype == np.int32
    # A class has the same label in each split, even where it is the only one.
    x, y = everything(tmp_path, "test", labels=True)
    np.testing.assert_array_equal(x, color[3:4])
    assert list(y) == [1]
    with pytest.raises(ValueError, match=": test, train; got 'validation'"):
        load(tmp_path, "validation")


def test_folder_of_classes_of_splits_and_flat(tmp_path):
    for path in ("classes/b/1.png", "splits/train/1.png", "flat/1.png"):
        picture(tmp_path / path, IMAGES[1])
    for path in ("classes/a/1.png", "splits/val/1.png", "flat/0.png"):
        picture(tmp_path / path, IMAGES[0])
    both = IMAGES[:2, ..., None]
    x, y = everything(tmp_path / "classes", labels=True)
    np.testing.assert_array_equal(x, both)
    assert list(y) == [0, 1]
    np.testing.assert_array_equal(everything(tmp_path / "flat"), both)
    np.testing.assert_array_equal(everything(tmp_path / "splits"), both[1:])
    np.testing.assert_array_equal(everything(tmp_path / "splits", "validation"), both[:1])
    with pytest.raises(ValueError, match="flat.*has no labels"):
        load(tmp_path / "flat", labels=True)
    with pytest.raises(ValueError, match="; got 'test'"):
        load(tmp_path / "flat", "test")


def test_picture_modes(tmp_path):
    color = np.zeros((4, 4, 3), np.uint8)
    color[..., 0] = 200
    picture(tmp_path / "a.png", color)
    picture(tmp_path / "b.png", np.dstack([color, np.full((4, 4), 255, np.uint8)]))
    Image.fromarray(color).quantize(2).save(tmp_path / "c.gif")
    picture(tmp_path / "d.png", np.full((4, 4), 7, np.uint8))
    x = everything(tmp_path)
    assert x.shape == (4, 4, 4, 3)
    for image in x[:3]:
        np.testing.assert_array_equal(image, color)
    assert (x[3] == 7).all()


def test_sixteen_bit_picture(tmp_path):
    picture(tmp_path / "deep.png", np.full((4, 4), 999, np.uint16))
    with pytest.raises(ValueError, match=r"deep.png: more than 8 .*mode I;16.*np.uint8\(x / 257\)"):
        load(tmp_path)


def test_pictures_of_different_sizes(tmp_path):
    picture(tmp_path / "a.png", np.full((8, 6), 10, np.uint8))
    picture(tmp_path / "b.png", np.full((5, 9), 20, np.uint8))
    with pytest.raises(ValueError, match=r"a.png is \(8, 6\).*b.png is \(5, 9\).*image_size"):
        load(tmp_path)
    with pytest.warns(UserWarning, match=r"proportions of 1 of 2 images: .*b.png is 5x9.*4x3"):
        x = everything(tmp_path, image_size=(4, 3))
    assert x.shape == (2, 4, 3, 1)
    assert (x[0] == 10).all() and (x[1] == 20).all()


def test_turned_photograph_is_turned_back(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to view
    Image.fromarray(np.zeros((8, 4), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    assert everything(tmp_path).shape == (1, 4, 8, 1)


def test_damaged_picture(tmp_path):
    picture(tmp_path / "a.png", RNG.integers(0, 256, (40, 40, 3), np.uint8))
    content = (tmp_path / "a.png").read_bytes()
    for length in (0, 20, len(content) // 2):
        (tmp_path / "a.png").write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"got 1 of 1 that are not: a.png: damaged"):
            load(tmp_path)


def test_folder_without_images(tmp_path):
    with pytest.raises(ValueError, match="Expected images.*; got none"):
        load(tmp_path)
    (tmp_path / "train").mkdir()
    with pytest.raises(ValueError, match="Expected images.*train; got none"):
        load(tmp_path)


def test_images_beside_class_folders(tmp_path):
    picture(tmp_path / "a" / "1.png", IMAGES[0])
    picture(tmp_path / "2.png", IMAGES[0])
    with pytest.raises(ValueError, match="; got both: 2.png and a/1.png"):
        load(tmp_path)


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


def test_broken_images_are_listed_together(tmp_path):
    for i in range(30):
        picture(tmp_path / "a" / f"{i:02}.png", IMAGES[i % 6])
    for i in range(12):
        (tmp_path / "a" / f"{i:02}.png").write_bytes(b"damaged")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    picture(tmp_path / "b" / "deep.png", np.full((5, 4), 999, np.uint16))
    picture(tmp_path / "b" / "good.png", IMAGES[0])
    with pytest.raises(ValueError) as error:
        load(tmp_path)
    message = str(error.value)
    assert f"in {tmp_path}; got 14 of 33 that are not: a/00.png: damaged" in message
    assert "a/09.png: damaged" in message and "a/10.png" not in message
    assert "... and 4 more" in message and "pass skip_broken=True" in message

    with pytest.warns(UserWarning) as caught:
        x, y = everything(tmp_path, labels=True, skip_broken=True)
    (warning,) = map(str, (w.message for w in caught))
    assert "Skipped 14 of 33 images" in warning and "a/00.png, a/01.png" in warning
    assert "... and 4 more" in warning
    np.testing.assert_array_equal(y, [0] * 18 + [1])
    np.testing.assert_array_equal(x[0, ..., 0], IMAGES[0])
    np.testing.assert_array_equal(x[-1, ..., 0], IMAGES[0])


def test_a_broken_link_and_a_deep_image_say_so(tmp_path):
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    for name, dtype in (("i.tif", np.int32), ("f.tif", np.float32)):
        picture(tmp_path / name, np.full((5, 4), 9, dtype))
    with pytest.raises(ValueError) as error:
        load(tmp_path, skip_broken=True)  # all are broken: an error all the same
    message = str(error.value)
    assert "got 3 of 3" in message and "gone.png: a link to a file that is not there" in message
    for name, mode in (("i.tif", "I"), ("f.tif", "F")):
        assert f"{name}: more than 8 bits per channel, mode {mode}" in message
    assert message.count("np.uint8(x / 257)") == 1


def test_transparency_is_laid_on_white(tmp_path):
    alpha = np.array([[0, 51, 255]], np.uint8)
    hidden = np.full((1, 3), 100, np.uint8)
    seen = [255, 255 - 31, 100]
    picture(tmp_path / "la" / "1.png", np.dstack([hidden, alpha]))
    x = everything(tmp_path / "la")
    assert x.shape == (1, 1, 3, 1)
    np.testing.assert_array_equal(x[0, 0, :, 0], seen)

    picture(tmp_path / "rgba" / "1.png", np.dstack([hidden, hidden, hidden // 2, alpha]))
    palette = Image.fromarray(np.array([[0, 1, 1]], np.uint8), "P")
    palette.putpalette([9, 9, 9, 100, 100, 50])
    palette.save(tmp_path / "rgba" / "2.png", transparency=0)
    x = everything(tmp_path / "rgba")
    np.testing.assert_array_equal(x[0, 0, :, :2], np.transpose([seen, seen]))
    np.testing.assert_array_equal(x[0, 0, 0], [255, 255, 255])
    np.testing.assert_array_equal(x[1, 0], [[255] * 3, [100, 100, 50], [100, 100, 50]])


BLACK_AND_WHITE = RNG.integers(0, 2, (6, 8, 8), np.uint8)


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
