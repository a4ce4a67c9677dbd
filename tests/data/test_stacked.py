"""Stacked digits: each channel is a digit, and the mode says which."""

import numpy as np
import pytest

from keras_genzoo.data.stacked import stack_digits

# Each image is its own number, all over.
X = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 5, 1), np.uint8)
Y = np.arange(40) % 10


def test_channels_are_digits_of_the_mode():
    images, modes = stack_digits(X, Y, 2000, seed=3)
    assert images.shape == (2000, 4, 5, 3) and images.dtype == np.uint8
    assert modes.shape == (2000,) and modes.dtype == np.int32
    assert (images == images[:, :1, :1]).all()
    red, green, blue = Y[images[:, 0, 0].astype(int)].T
    np.testing.assert_array_equal(modes, 100 * red + 10 * green + blue)


def test_channels_are_independent_and_modes_uniform():
    images, modes = stack_digits(X, Y, 100_000)
    counts = np.bincount(modes, minlength=1000)
    # chi^2 of 999 degrees of freedom: 999 +- 45.
    assert abs(((counts - 100) ** 2 / 100).sum() - 999) < 5 * 45
    assert set(images.ravel()) == set(range(40))


def test_the_seed_is_the_order():
    one, same, other = (stack_digits(X, Y, 50, seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(stack_digits(X, Y, 20, 1)[0], one[:20])


@pytest.mark.parametrize(
    "x, y, n, message",
    [
        (X / 255, Y, 5, r"grey digits uint8 \(m, height, width, 1\); got float64"),
        (X[..., 0], Y, 5, r"got uint8 \(40, 4, 5\)"),
        (X.repeat(3, -1), Y, 5, r"got uint8 \(40, 4, 5, 3\)"),
        (X[:0], Y[:0], 5, "got uint8 \\(0, 4, 5, 1\\)"),
        (X, Y[:7], 5, r"40 labels in 0..9; got int64 \(7,\) in 0..6"),
        (X, Y + 1, 5, "in 1..10"),
        (X, Y * 1.0, 5, "got float64"),
        (X, Y, 0, "n, a positive integer; got 0"),
        (X, Y, 2.5, "got 2.5"),
    ],
)
def test_what_is_wrong(x, y, n, message):
    with pytest.raises(ValueError, match=message):
        stack_digits(x, y, n)
