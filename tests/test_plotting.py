import subprocess
import sys

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
    for arguments in ({"columns": 0}, {"padding": -1}):
        with pytest.raises(ValueError, match="columns >= 1, padding >= 0"):
            plotting.image_grid(images, **arguments)


def test_scatter_draws_the_points():
    points = np.random.default_rng(0).normal(size=(200, 5)).astype("float32")
    picture = plotting.scatter(points, size=300)
    assert picture.mode == "RGB" and picture.size == (300, 300)

    def inked(points):
        pixels = np.asarray(plotting.scatter(points)).astype(int)
        # Colour: axes and text are grey.
        return ((pixels.max(-1) - pixels.min(-1)) > 40).sum()

    assert inked(points) > 10 * inked(points[:1]) > 0
    assert inked(points) == inked(points[:, :2])
    assert inked(points[:, :1]) > 0  # a histogram


def test_scatter_says_what_it_cannot_show():
    points = np.random.default_rng(0).normal(size=(50, 2))
    whole = np.asarray(plotting.scatter(points[:48]))
    points[48:] = np.nan
    assert (np.asarray(plotting.scatter(points)) != whole).any()  # the title
    for features in (1, 2):
        plotting.scatter(np.full((3, features), np.inf))
    for wrong in (np.zeros(3), np.zeros((0, 2)), np.array([["a", "b"]])):
        with pytest.raises(ValueError, match="Expected vectors"):
            plotting.scatter(wrong)


def test_picture_chooses():
    assert plotting.picture(np.zeros((4, 8, 8, 1), "uint8")).mode == "L"
    assert plotting.picture(np.zeros((4, 2), "float32")).size == (400, 400)
    with pytest.raises(ValueError, match=r"float64 \(4, 8, 8\)"):
        plotting.picture(np.zeros((4, 8, 8)))


def test_matplotlib_is_imported_lazily_and_without_pyplot():
    code = """
import sys, numpy
from keras_genzoo import plotting
from keras_genzoo.plotting import scatter
assert "matplotlib" not in sys.modules
scatter(numpy.zeros((3, 2)))
assert "matplotlib.pyplot" not in sys.modules
"""
    # The module alone, not its package, which imports Keras.
    code = "import sys, types\npackage = types.ModuleType('keras_genzoo')\n" + (
        "package.__path__ = ['keras_genzoo']\nsys.modules['keras_genzoo'] = package\n" + code
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
