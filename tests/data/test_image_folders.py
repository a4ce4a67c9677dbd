"""Folders of pictures: splits, classes, modes, broken files."""

import numpy as np
import pytest
from data_files import IMAGES, RNG, everything, picture
from PIL import Image

from keras_genzoo.data import load


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
    (tmp_path / "classes" / "a0").mkdir()  # of no picture, and no class
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
