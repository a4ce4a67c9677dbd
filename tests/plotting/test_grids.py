"""Images stand where they belong, in their own pixels."""

import numpy as np
import pytest

from keras_genzoo import plotting


def test_grid_places_images_row_by_row():
    images = np.zeros((5, 60, 80, 3), "uint8")
    for i in range(5):
        images[i] = 10 * (i + 1)
    grid = np.asarray(plotting.image_grid(images, columns=3, padding=4))
    assert grid.shape == (2 * 64 + 4, 3 * 84 + 4, 3)
    assert (grid[4:64, 4:84] == 10).all()
    assert (grid[4:64, 88:168] == 20).all()
    assert (grid[68:128, 4:84] == 40).all()
    assert (grid[68:128, 88:168] == 50).all()
    # Between them, around them, and where the sixth would be: white.
    assert (grid[:4] == 255).all() and (grid[:, 84:88] == 255).all()
    assert (grid[68:128, 172:] == 255).all()


def test_small_images_are_enlarged_without_smoothing():
    images = np.arange(64, dtype="uint8").reshape(1, 8, 8, 1) * 3
    picture = plotting.image_grid(images, padding=0)
    assert picture.mode == "L" and picture.size == (56, 56)
    np.testing.assert_array_equal(np.asarray(picture)[::7, ::7], images[0, :, :, 0])
    np.testing.assert_array_equal(np.asarray(picture)[6::7, 6::7], images[0, :, :, 0])


def test_grid_is_about_square_by_default_and_no_wider_than_its_images():
    images = np.zeros((64, 56, 56, 1), "uint8")
    assert plotting.image_grid(images).size == (8 * 58 + 2, 8 * 58 + 2)
    assert plotting.image_grid(images[:2], columns=10).size == (2 * 58 + 2, 58 + 2)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 8, 8, 1)),
        np.zeros((2, 8, 8), "uint8"),
        np.zeros((2, 8, 8, 2), "uint8"),
        np.zeros((0, 8, 8, 1), "uint8"),
    ],
)
def test_grid_names_what_it_got(images):
    with pytest.raises(ValueError, match=r"Expected .*\(" + ", ".join(map(str, images.shape))):
        plotting.image_grid(images)


def test_grid_arguments_out_of_range():
    images = np.zeros((2, 8, 8, 1), "uint8")
    for name, value in (("columns", 0), ("columns", 1.5), ("padding", -1)):
        with pytest.raises(ValueError, match=f"Expected {name}, .*; got {value}"):
            plotting.image_grid(images, **{name: value})


def test_table_has_texts_beside_its_images():
    images = np.full((2, 3, 60, 60, 1), 100, "uint8")
    plain = plotting.image_table(images)
    assert plain.tobytes() == plotting.image_grid(images.reshape(6, 60, 60, 1), columns=3).tobytes()
    table = plotting.image_table(images, rows=["one", "two"], columns=["a", "b", "c"])
    left, top = table.width - plain.width, table.height - plain.height
    assert left > 10 and top > 10
    pixels = np.asarray(table)
    np.testing.assert_array_equal(pixels[top:, left:], np.asarray(plain))
    assert (pixels[:top, left:] < 100).any() and (pixels[top:, :left] < 100).any()


def test_table_names_what_it_got():
    with pytest.raises(ValueError, match=r"uint8 \(4, 8, 8, 1\)"):
        plotting.image_table(np.zeros((4, 8, 8, 1), "uint8"))
    with pytest.raises(ValueError, match="each of 2 columns; got 1"):
        plotting.image_table(np.zeros((1, 2, 8, 8, 1), "uint8"), columns=["a"])


def test_picture_chooses():
    assert plotting.picture(np.zeros((4, 8, 8, 1), "uint8")).mode == "L"
    assert plotting.picture(np.zeros((4, 2), "float32")).size == (400, 400)
    with pytest.raises(ValueError, match=r"float64 \(4, 8, 8\)"):
        plotting.picture(np.zeros((4, 8, 8)))


def test_a_row_for_each_class():
    """Three of class 2, one of class 11: white fills its row."""
    images = np.stack([np.full((60, 60, 1), 10 * i, "uint8") for i in range(1, 5)])
    table = np.asarray(plotting.picture(images, [2, 11, 2, 2]))
    rows, columns = 2 * 62 + 2, 3 * 62 + 2
    assert table.shape[0] == rows and table.shape[1] > columns + 10
    assert (table[:, :-columns] < 100).any()  # the labels
    middles = table[-rows:, -columns:][32::62, 32::62]
    np.testing.assert_array_equal(middles, [[10, 30, 40], [20, 255, 255]])


def test_vectors_of_classes_have_colours_and_a_legend():
    points = np.random.default_rng(0).normal(size=(40, 2))
    plain = plotting.picture(points)
    coloured = plotting.picture(points, np.arange(40) % 3)
    assert coloured.width > plain.width and coloured.height == plain.height
    assert len(coloured.getcolors(1 << 16)) > len(plain.getcolors(1 << 16))
    plotting.picture(points[:, :1], np.arange(40) % 3)
    points[0] = np.nan
    plotting.picture(points, np.arange(40) % 3)


@pytest.mark.parametrize("samples", [np.zeros((4, 8, 8, 1), "uint8"), np.zeros((4, 2))])
def test_labels_of_another_length(samples):
    with pytest.raises(ValueError, match=r"Expected labels of 4 \w+; got shape \(3,\)"):
        plotting.picture(samples, [0, 1, 2])
