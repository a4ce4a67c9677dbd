"""DiffAugment against loops over pixels, and what makes it one: gradients, draws, seeds."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo import backends
from keras_genzoo.engine.noise import FixedSeed, NoiseStream
from keras_genzoo.layers import DiffAugment
from keras_genzoo.layers import diff_augment as module

SHAPE = (12, 20, 3)  # sides that do not divide by 8: they move by 2 and 3
ALL = "color,translation,cutout"
POLICIES = ["color", "translation", "cutout", ALL, "cutout,translation"]
RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (6, *SHAPE)).astype("float32")


def augmented(policy, x, seed):
    augment = DiffAugment(policy, x.shape[1:])
    if isinstance(seed, NoiseStream):
        return ops.convert_to_numpy(augment(ops.convert_to_tensor(x), seed))
    # Compiled, since JAX would compile each operation by itself.
    run = backends.compiled(lambda x: augment(x, seed), keras.Model())
    return ops.convert_to_numpy(run(ops.convert_to_tensor(x)))


DTYPE = NoiseStream().state.dtype


def seed(number=0):
    return FixedSeed(number, DTYPE)


def drawn(u, monkeypatch):
    """Has DiffAugment draw these numbers."""
    shapes = []

    def uniform(shape, seed):
        shapes.append(shape)
        return ops.convert_to_tensor(np.asarray(u, "float32"))

    monkeypatch.setattr(module.backends, "uniform", uniform)
    return shapes


# ---------------------------------------------------------------------- against loops


def colors(x, brightness, saturation, contrast):
    x = x + (brightness - 0.5)
    grey = x.mean(2, keepdims=True)
    x = grey + 2 * saturation * (x - grey)
    return x.mean() + (contrast + 0.5) * (x - x.mean())


def moved(x, u, v):
    (h, w, _), y = x.shape, np.zeros_like(x)
    down, right = (
        int(t * (2 * m + 1)) - m for t, m in ((u, int(h / 8 + 0.5)), (v, int(w / 8 + 0.5)))
    )
    for i in range(h):
        for j in range(w):
            if 0 <= i - down < h and 0 <= j - right < w:
                y[i, j] = x[i - down, j - right]
    return y


def cut(x, u, v):
    y = x.copy()
    (top, bottom), (left, right) = (
        (start, start + size)
        for side, t in ((x.shape[0], u), (x.shape[1], v))
        for size in [int(side / 2 + 0.5)]
        for start in [int(t * (side + 1 - size % 2)) - size // 2]
    )
    y[max(top, 0) : bottom, max(left, 0) : right] = 0
    return y


@pytest.mark.parametrize("policy", POLICIES)
def test_it_is_what_loops_over_pixels_make(policy, monkeypatch):
    reference = {"color": (colors, 3), "translation": (moved, 2), "cutout": (cut, 2)}
    parts = [reference[name] for name in policy.split(",")]
    u = RNG.uniform(size=(6, sum(n for _, n in parts))).astype("float32")
    u[0], u[1] = 0.0, np.nextafter(np.float32(1), np.float32(0))  # the ends of all ranges
    expected = []
    for x, numbers in zip(X, u, strict=True):
        numbers = iter(numbers)
        for function, n in parts:
            x = function(x, *(next(numbers) for _ in range(n)))
        expected.append(x)
    shapes = drawn(u, monkeypatch)
    got = augmented(policy, X, seed())
    assert [shape[1:] for shape in shapes] == [u.shape[1:]] and got.dtype == "float32"
    np.testing.assert_allclose(got, expected, atol=2e-6 if "color" in policy else 0)


@pytest.mark.parametrize("side, cut_out", [(1, 1), (5, 3), (8, 4), (28, 14)])
def test_a_half_of_each_side_is_cut_out(side, cut_out):
    image = np.ones((400, side, side, 1), "float32")
    holes = augmented("cutout", image, seed()) == 0
    rows, columns = (np.unique(holes.any(axis=axis).sum((1, 2))) for axis in (2, 1))
    # What reaches over an edge is not cut.
    assert rows.max() == columns.max() == cut_out
    assert rows.min() == columns.min() == cut_out - cut_out // 2
    assert (holes.sum((1, 2, 3)) == holes.any((2, 3)).sum(1) * holes.any((1, 3)).sum(1)).all()
    # Everywhere as often, but for the edges, which it is around more seldom.
    often = holes.mean((0, 3))
    assert often.min() > 0.03 and often[side // 2, side // 2] > 0.13


@pytest.mark.parametrize("side, most", [(3, 0), (4, 1), (8, 1), (28, 4)])
def test_images_move_by_whole_pixels_as_often_each_way(side, most):
    ramp = np.arange(1, 1 + side * side, dtype="float32").reshape(1, side, side, 1)
    y = augmented("translation", np.repeat(ramp, 3000, 0), seed())[..., 0]
    middle = y[:, side // 2, side // 2] - ramp[0, side // 2, side // 2, 0]
    shifts, counts = np.unique(middle, return_counts=True)
    ways = np.arange(-most, most + 1)
    np.testing.assert_array_equal(shifts, np.sort(np.add.outer(side * ways, ways).ravel()))
    assert np.abs(counts / 3000 * len(counts) - 1).max() < 6 / np.sqrt(3000 / len(counts))


# ---------------------------------------------------------------------- draws


def test_colors_are_those_of_the_image_on_average():
    x = np.repeat(X[:1], 4000, 0)
    y = augmented("color", x, seed())
    np.testing.assert_allclose(y.mean(0), X[0], atol=0.04)
    assert y.min() < -1.2 and y.max() > 1.2  # not clipped
    mean = y.mean((1, 2, 3)) - X[0].mean()  # what brightness alone changes
    np.testing.assert_allclose([mean.min(), mean.max()], [-0.5, 0.5], atol=5e-3)
    np.testing.assert_allclose(mean.std(), 1 / np.sqrt(12), rtol=0.05)


@pytest.mark.parametrize("policy", POLICIES[:3])
def test_each_example_has_draws_of_its_own(policy):
    y = augmented(policy, np.repeat(X[:1], 40, 0), seed())
    assert len(np.unique(y.reshape(40, -1), axis=0)) > 20


@pytest.mark.parametrize("policy", POLICIES[:3])
def test_a_seed_says_what_is_drawn(policy):
    first, again, other = (augmented(policy, X, seed(n)) for n in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    stream = NoiseStream(3)
    assert not np.array_equal(augmented(policy, X, stream), augmented(policy, X, stream))


# ---------------------------------------------------------------------- gradients, compilers


@pytest.mark.parametrize("policy", POLICIES)
def test_gradients_come_back_to_the_input(policy):
    """All of it is affine, T(x) = A x + b: the gradient of <w, T(x)> is that of w by A."""
    augment, w = DiffAugment(policy, SHAPE), RNG.normal(size=X.shape).astype("float32")
    gradient = backends.input_gradient(
        lambda x: ops.sum(augment(x, seed()) * ops.convert_to_tensor(w), axis=(1, 2, 3)),
        ops.convert_to_tensor(X),
    )
    gradient = ops.convert_to_numpy(gradient)
    direction = RNG.normal(size=X.shape).astype("float32")
    change = augmented(policy, X + direction, seed()) - augmented(policy, X, seed())
    np.testing.assert_allclose(
        (gradient * direction).sum((1, 2, 3)), (change * w).sum((1, 2, 3)), rtol=1e-3, atol=5e-3
    )
    assert (gradient != 0).mean((1, 2, 3)).min() > 0.4  # what is cut out has none


def test_compiled_it_is_the_same(monkeypatch):
    augment = DiffAugment(ALL, SHAPE)
    drawn(RNG.uniform(size=(6, 7)), monkeypatch)
    expected = ops.convert_to_numpy(augment(ops.convert_to_tensor(X), seed()))
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        # Of any number of images, by XLA as well, forth and back.
        of_images = [tf.TensorSpec((None, *SHAPE))]
        for jit in (False, True):
            run = tf.function(
                lambda x: augment(x, seed()), of_images, autograph=False, jit_compile=jit
            )
            np.testing.assert_allclose(run(X), expected, atol=1e-6)
            slope = tf.function(
                lambda x: backends.input_gradient(lambda x: augment(x, seed()), x),
                of_images,
                autograph=False,
                jit_compile=jit,
            )
            assert slope(X).shape == X.shape
    elif backend == "jax":
        import jax

        run = jax.jit(lambda x: augment(x, seed()))
        np.testing.assert_allclose(run(X), expected, atol=1e-6)
    run = backends.compiled(lambda x: augment(x, seed()), keras.Model())
    np.testing.assert_allclose(
        ops.convert_to_numpy(run(ops.convert_to_tensor(X))), expected, atol=1e-6
    )


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "policy, shape, message",
    [
        ("colour", SHAPE, "differentiable augmentation; got 'colour'. Did you mean 'color'?"),
        ("", SHAPE, "Expected policy, some of color, translation, cutout, .*; got ''"),
        (None, SHAPE, "got None"),
        (["color"], SHAPE, r"got \['color'\]"),
        ("cutout,cutout", SHAPE, "each name once; got 'cutout,cutout'. Do 'cutout'"),
        ("color,cutout,", SHAPE, "augmentation; got ''"),
        ("color,cutout", (8, 8, 1), "3 channels for 'color'; got 1. Take 'cutout'"),
        ("color", (8, 8, 1), "Take 'translation,cutout'"),
        ("cutout", (8,), r"image_shape, .* got \(8,\)"),
    ],
)
def test_policies_that_are_none(policy, shape, message):
    with pytest.raises(ValueError, match=message):
        DiffAugment(policy, shape)


def test_images_of_another_shape():
    with pytest.raises(ValueError, match=r"of \(8, 8, 3\); got \(12, 20, 3\)"):
        augmented_by = DiffAugment("cutout", (8, 8, 3))
        augmented_by(ops.convert_to_tensor(X), seed())
