"""Points and curves are drawn, and what cannot be is named."""

import numpy as np
import pytest
from matplotlib import pyplot

from keras_genzoo import plotting


def coloured(picture) -> int:
    """Pixels that are neither black, grey nor white: axes and text are."""
    pixels = np.asarray(picture).astype(int)
    return ((pixels.max(-1) - pixels.min(-1)) > 40).sum()


def test_scatter_draws_the_points():
    points = np.random.default_rng(0).normal(size=(200, 5)).astype("float32")
    picture = plotting.scatter(points, size=300)
    assert picture.mode == "RGB" and picture.size == (300, 300)

    def inked(points):
        return coloured(plotting.scatter(points))

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


def test_curves_draws_each():
    x = np.linspace(0, 1, 20)
    one = plotting.curves(x, {"a": x})
    both = plotting.curves(x, {"a": x, "b": 1 - x}, xlabel="x", yscale="log", ylim=(0.1, 1))
    assert one.size == both.size and coloured(both) > 1.5 * coloured(one) > 0
    with pytest.raises(ValueError, match=r"\(20,\); got.*'b'"):
        plotting.curves(x, {"a": x, "b": [1]})


def test_figures_are_none_of_pyplots():
    plotting.scatter(np.zeros((3, 2)))
    assert pyplot.get_fignums() == []
