import numpy as np
import pytest

from keras_genzoo.data import mixtures


@pytest.mark.parametrize("name, modes", [("ring", 8), ("grid", 25), ("moons", 2)])
def test_counts_types_and_independent_splits(name, modes):
    train, train_labels = getattr(mixtures, name)("train")
    test, test_labels = getattr(mixtures, name)("test")
    for x, y, n in ((train, train_labels, 50_000), (test, test_labels, 10_000)):
        assert x.shape == (n, 2) and x.dtype == np.float32
        assert y.shape == (n,) and y.dtype == np.int32
        counts = np.bincount(y)
        assert len(counts) == modes and counts.min() > 0.85 * n / modes
    assert not {tuple(row) for row in train} & {tuple(row) for row in test}
    np.testing.assert_array_equal(train, getattr(mixtures, name)("train")[0])


def test_centers():
    ring, grid = mixtures.ring_centers(), mixtures.grid_centers()
    assert ring.shape == (8, 2) and grid.shape == (25, 2)
    np.testing.assert_allclose(np.hypot(*ring.T), 2, rtol=1e-6)
    neighbours = np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1)
    np.testing.assert_allclose(neighbours, 4 * np.sin(np.pi / 8), rtol=1e-5)
    assert {tuple(c) for c in grid} == {(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)}


@pytest.mark.parametrize(
    "name, centers, std",
    [("ring", mixtures.ring_centers, 0.02), ("grid", mixtures.grid_centers, 0.05)],
)
def test_examples_lie_around_the_center_of_their_label(name, centers, std):
    x, y = getattr(mixtures, name)("train")
    rest = x - centers()[y]
    # 100,000 coordinates: the deviation is known within 0.25 percent.
    assert rest.std() == pytest.approx(std, rel=0.01)
    assert std == getattr(mixtures, f"{name.upper()}_STD")
    assert np.abs(rest.mean(axis=0)).max() < 0.01 * std * 3
    assert np.abs(np.corrcoef(rest.T)[0, 1]) < 0.02


def test_moons_are_half_circles():
    x, y = mixtures.moons("train")
    centers = np.array([[0, 0], [1, 0.5]])
    radius = np.linalg.norm(x - centers[y], axis=1)
    assert (radius - 1).std() == pytest.approx(mixtures.MOONS_STD, rel=0.02)
    assert x[y == 0, 1].mean() > 0.5 > 0 > x[y == 1, 1].mean() - 0.5
