import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import norm

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


# ---------------------------------------------------------------------- latent spaces


class Plane:
    """Decodes z to one grey pixel for each dimension: 128 + 40 z."""

    noise_kind = "normal"

    def __init__(self, latent_dim=2, noise_kind="normal"):
        self.latent_dim, self.noise_kind = latent_dim, noise_kind

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

    got = cells(plotting.latent_manifold(Plane(4, "symmetric_uniform"), side=3, dims=(3, 1)), 3, 3)
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


def test_curves_draws_each():
    x = np.linspace(0, 1, 20)
    one = plotting.curves(x, {"a": x})
    both = plotting.curves(x, {"a": x, "b": 1 - x}, xlabel="x", yscale="log", ylim=(0.1, 1))
    assert one.size == both.size and coloured(both).sum() > 1.5 * coloured(one).sum() > 0


CODES = np.random.default_rng(0).normal(size=(9, 3))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plotting.code_map(CODES, method="umap"), "'pca' or 'tsne'; got 'umap'"),
        (lambda: plotting.code_map(CODES, np.zeros(3)), r"each of 9 codes; got shape \(3,\)"),
        (lambda: plotting.code_map(CODES[:, :1]), r"n and d above 1; got float64 \(9, 1\)"),
        (lambda: plotting.code_map(CODES * np.nan), "finite codes"),
        (lambda: plotting.latent_manifold(Plane(1)), "2 latent dimensions or more; got 15, 1"),
        (lambda: plotting.latent_manifold(Plane(3), dims=(0, 3)), r"two of 0..2; got \(0, 3\)"),
        (lambda: plotting.latent_manifold(Plane(3), dims=(1, 1)), r"two of 0..2; got \(1, 1\)"),
        (lambda: plotting.latent_manifold(Plane(2), codes=CODES), r"\(n, 2\); got .*\(9, 3\)"),
        (lambda: plotting.latent_manifold(object()), "decodes latents; object does not"),
        (lambda: plotting.traversals(Plane(3), CODES), r"shape \(3,\); got \(9, 3\)"),
        (lambda: plotting.image_table(np.zeros((4, 8, 8, 1), "uint8")), r"uint8 \(4, 8, 8, 1\)"),
        (
            lambda: plotting.image_table(np.zeros((1, 2, 8, 8, 1), "uint8"), columns=["a"]),
            "each of 2 columns; got 1",
        ),
        (lambda: plotting.curves(CODES[0], {"a": CODES[0], "b": [1]}), r"\(3,\); got.*'b'"),
    ],
)
def test_latent_pictures_name_what_they_cannot_show(call, message):
    with pytest.raises(ValueError, match=message):
        call()
