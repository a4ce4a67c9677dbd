"""Latent spaces are shown by a model whose pixels are its latents."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm, uniform

import keras_genzoo as zoo
from keras_genzoo import plotting


class Plane:
    """Decodes z to one grey pixel for each dimension: 128 + 40 z."""

    def __init__(self, latent_dim=2, distribution=norm):
        # The inverse of scipy's distribution function is all that plotting asks of a prior.
        self.latent_dim, self.prior = latent_dim, SimpleNamespace(quantile=distribution.ppf)

    def decode(self, z):
        assert z.shape[1:] == (self.latent_dim,)
        return np.clip(128 + 40 * np.asarray(z), 0, 255).astype("uint8")[:, None, :, None]


def cells(picture, rows, columns, left=0, top=0, padding=2):
    """The images in a picture of `Plane`'s, (rows, columns, latent_dim): their pixels' values."""
    pixels = np.asarray(picture)[top:, left:]
    height = (len(pixels) - padding) // rows
    width = (pixels.shape[1] - padding) // columns
    dims = (width - padding) // (height - padding)
    tall = pixels[padding + (height - padding) // 2 :: height]
    middle = padding + (np.arange(dims) + 0.5) * (width - padding) / dims
    return np.stack(
        [tall[:, (middle + i * width).astype(int)] for i in range(columns)], axis=1
    ).astype(float)


def coloured(picture):
    pixels = np.asarray(picture).astype(int)
    return (pixels.max(-1) - pixels.min(-1)) > 40


def test_manifold_is_the_grid_of_the_priors_quantiles():
    got = cells(plotting.latent_manifold(Plane(), side=5), 5, 5)
    u = norm.ppf([0.1, 0.3, 0.5, 0.7, 0.9])
    want = np.floor(128 + 40 * np.stack(np.meshgrid(u, u[::-1]), axis=-1))  # upwards
    np.testing.assert_array_equal(got, want)

    got = cells(plotting.latent_manifold(Plane(4, uniform(-1, 2)), side=3, dims=(3, 1)), 3, 3)
    u = 128 + 40 * np.array([-2 / 3, 0, 2 / 3])
    np.testing.assert_allclose(got[0, :, 3], u, atol=1)
    np.testing.assert_allclose(got[:, 0, 1], u[::-1], atol=1)
    assert (got[..., [0, 2]] == 128).all()


def test_manifold_of_codes_lies_along_their_principal_directions():
    rng = np.random.default_rng(0)
    codes = np.array([1.0, 0.0, -1.0]) + rng.normal(size=(5000, 3)) * [0.5, 0.01, 1.0]
    got = cells(plotting.latent_manifold(Plane(3), side=3, codes=codes), 3, 3)
    across, up = (got - 128) / 40, norm.ppf(5 / 6)
    # The largest deviation to the right, the next upwards, each in one of two directions.
    np.testing.assert_allclose(np.ptp(across[0, :, 2]), 2 * up, atol=0.1)
    np.testing.assert_allclose(np.ptp(across[:, 0, 0]), up, atol=0.1)
    np.testing.assert_allclose(across[1, 1], [1, 0, -1], atol=0.06)


def test_interpolations_show_each_path_and_the_originals():
    model = Plane()
    model.interpolate = lambda z0, z1, steps: np.stack(
        [model.decode(z0 + t * (z1 - z0)) for t in np.linspace(0, 1, steps)], axis=1
    )
    z0, z1 = np.array([[-2.0, 0.0], [0.0, 2.0]]), np.array([[2.0, 0.0], [0.0, 1.0]])
    got = cells(plotting.interpolations(model, z0, z1, steps=5), 2, 5)
    np.testing.assert_array_equal(got[0, :, 0], [48, 88, 128, 168, 208])
    np.testing.assert_array_equal(got[1, :, 1], [208, 198, 188, 178, 168])

    encoding = Plane()
    encoding.encode = lambda x: (x[:, 0, :, 0].astype(float) - 128) / 40
    encoding.interpolate = lambda x0, x1, steps: model.interpolate(
        encoding.encode(x0), encoding.encode(x1), steps
    )
    x0, x1 = model.decode(z0), model.decode(z1)
    got = cells(plotting.interpolations(encoding, x0, x1, steps=3), 2, 5, top=16)
    np.testing.assert_array_equal(got[0, :, 0], [48, 48, 128, 208, 208])


def test_traversals_change_one_dimension_a_row():
    z = np.array([1.0, -1.0, 0.0])
    picture = plotting.traversals(Plane(3), z, dims=[2, 0], steps=3)
    left = picture.width - (3 * (3 * 18 + 2) + 2)
    got = cells(picture, 2, 3, left=left, top=16)
    u = np.floor(128 + 40 * norm.ppf([0.02, 0.5, 0.98]))
    np.testing.assert_array_equal(got[0], [[168, 88, v] for v in u])
    np.testing.assert_array_equal(got[1], [[v, 88, 128] for v in u])


def test_arithmetic_shows_the_means_and_the_result():
    a, b, c = np.array([[2.0, 1], [2, 3]]), np.array([[1.0, 1]]), np.array([[-1.0, 0], [-3, 0]])
    picture = plotting.arithmetic(Plane(), a, b, c, names=("x", "y", "w"))
    left = picture.width - (4 * (2 * 28 + 2) + 2)
    got = cells(picture, 2, 4, left=left, top=16)
    want = 128 + 40 * np.array([[2, 2], [1, 1], [-2, 0], [-1, 1]])
    np.testing.assert_array_equal(got[1], want)
    np.testing.assert_array_equal(got[0, :3], 128 + 40 * np.array([[2, 1], [1, 1], [-1, 0]]))
    assert (got[0, 3] == 255).all()  # nothing


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_code_map_is_coloured_by_class_and_repeats(method):
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    codes = rng.normal(size=(60, 6)) + 8 * np.eye(3, 6)[labels]
    picture = plotting.code_map(codes, labels, method=method)
    assert picture.height == 600 and picture.width > 600
    assert picture.tobytes() == plotting.code_map(codes, labels, method=method).tobytes()
    pixels = np.asarray(picture)
    for color in ((31, 119, 180), (255, 127, 14), (44, 160, 44)):
        rows, columns = np.nonzero((pixels == color).all(-1))
        # A cluster, and an entry in the legend.
        assert (columns < 600).sum() > 200 and (columns > 600).sum() > 10
        inside = columns < 600
        assert rows[inside].std() < 90 and columns[inside].std() < 90, "one class, one cluster"
    bare = plotting.code_map(codes, method=method)
    assert bare.size == (600, 600) and coloured(bare).any()


def test_codes_of_two_dimensions_are_shown_as_they_are():
    """No rotation: a line along the first axis stays level."""
    codes = np.stack([np.linspace(-1, 1, 50), np.zeros(50)], axis=1)
    rows, _ = np.nonzero(coloured(plotting.code_map(codes, method="tsne")))
    assert np.ptp(rows) < 10


def test_many_classes_have_a_legend():
    codes, labels = np.random.default_rng(0).normal(size=(80, 2)), np.arange(80) % 40
    picture = plotting.code_map(codes, labels)
    assert coloured(picture)[:, 610:].any()


CODES = np.random.default_rng(0).normal(size=(9, 3))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plotting.code_map(CODES, method="umap"), "'pca' or 'tsne'; got 'umap'"),
        (lambda: plotting.code_map(CODES, np.zeros(3)), r"each of 9 codes; got shape \(3,\)"),
        (lambda: plotting.code_map(CODES[:, :1]), r"n and d above 1; got float64 \(9, 1\)"),
        (lambda: plotting.code_map(CODES * np.nan), "finite codes"),
        (lambda: plotting.latent_manifold(Plane(1)), "2 latent dimensions or more; got one of 1"),
        (lambda: plotting.latent_manifold(Plane(2), side=1), "side, .* at least 2; got 1"),
        (lambda: plotting.latent_manifold(Plane(3), dims=(0, 3)), r"two of 0..2; got \(0, 3\)"),
        (lambda: plotting.latent_manifold(Plane(3), dims=(1, 1)), r"two of 0..2; got \(1, 1\)"),
        (lambda: plotting.latent_manifold(Plane(2), codes=CODES), r"\(n, 2\); got .*\(9, 3\)"),
        (lambda: plotting.latent_manifold(object()), "decodes latents, .*; object does not"),
        (lambda: plotting.traversals(Plane(3), CODES), r"shape \(3,\); got \(9, 3\)"),
    ],
)
def test_latent_pictures_name_what_they_cannot_show(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_any_model_that_decodes_is_shown():
    vae = zoo.VAE(image_shape=(4, 4, 1), latent_dim=2, hidden_units=(4,))
    nice = zoo.NICE(image_shape=(4, 4, 1), hidden_units=4, hidden_layers=1)
    for model in (vae, nice):
        assert (
            plotting.latent_manifold(model, side=2).size
            == plotting.image_grid(model.sample(4, seed=0)).size
        )
    with pytest.raises(ValueError, match="decodes latents, .*; PixelCNN does not"):
        plotting.latent_manifold(zoo.PixelCNN(image_shape=(4, 4, 1), num_blocks=1, width=4))
