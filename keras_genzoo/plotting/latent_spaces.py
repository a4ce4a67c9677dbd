"""Pictures of latent spaces: maps of codes, and what a model decodes along ways through them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from keras_genzoo.latents import analogy, traverse
from keras_genzoo.plotting.figures import draw_points, new_figure, rendered
from keras_genzoo.plotting.grids import WHITE, image_grid, image_table
from keras_genzoo.probability.priors import Normal
from keras_genzoo.support.abilities import Decodes, Encodes
from keras_genzoo.support.checks import whole_number


def code_map(
    codes: np.ndarray, labels: ArrayLike | None = None, *, method: str = "pca", size: int = 600
) -> Image.Image:
    """Codes as points in the plane, near each other where the model finds the examples alike.

    Args:
        codes: Numbers (n, d), d > 1. With d = 2 they are shown as they are, whatever the method.
        labels: Classes (n,), each in a colour of its own, with a legend.
        method: "pca", the two directions in which codes differ most, or "tsne", scikit-learn's
            t-SNE, which keeps neighbours together and says nothing about distances. It begins
            from the former, so the same codes give the same map.
        size: Height of the picture in pixels.

    Raises:
        ValueError: Another method or shape, codes that are not finite, labels of another length.

    Reference: van der Maaten and Hinton (2008), Visualizing data using t-SNE.
    """
    if method not in ("pca", "tsne"):
        raise ValueError(f"Expected method, 'pca' or 'tsne'; got {method!r}.")
    codes = _codes(codes)
    if labels is not None and np.shape(labels) != (len(codes),):
        raise ValueError(
            f"Expected labels, one for each of {len(codes)} codes; got shape {np.shape(labels)}."
        )
    figure = new_figure(size / 100, size / 100)
    axes = figure.add_subplot()
    if codes.shape[1] == 2:
        points, names = codes, ["z 0", "z 1"]
    elif method == "pca":
        _, _, points, shares = _principal(codes)
        names = [f"component {i + 1}: {share:.0%} of variance" for i, share in enumerate(shares)]
    else:
        points, names = _tsne(codes), ["t-SNE", ""]
        axes.set(xticks=[], yticks=[])
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.set_aspect("equal", adjustable="datalim")
    # Small points for many codes, larger ones for few.
    draw_points(figure, points, labels, area=np.clip(20_000 / len(points), 3, 30))
    return rendered(figure)


def latent_manifold(
    model: Decodes,
    *,
    side: int = 15,
    dims: tuple[int, int] = (0, 1),
    codes: np.ndarray | None = None,
) -> Image.Image:
    """What a model decodes on a plane of its latent space, side by side.

    The plane's coordinates are quantiles of the prior, at probabilities (i + 1/2) / side: each
    image stands for as many samples as any other. The first grows to the right, the second
    upwards. After figure 4 of Kingma and Welling (2013), arXiv:1312.6114.

    Args:
        model: One that decodes images.
        side: Images in a row and in a column.
        dims: The two dimensions of z that change; the others stay at the prior's median, which
            in many dimensions is unlike any draw: what is decoded there may be unlike the data.
        codes: Codes (n, latent_dim) of examples: instead, the plane through their mean along the
            two directions in which they differ most, at the quantiles of a normal distribution of
            their deviation.

    Raises:
        ValueError: A model that does not decode, or has one latent dimension; dimensions that it
            does not have, codes of another shape; `side` below 2.
    """
    _check_decodes(model)
    side = whole_number("side", side, least=2)
    if model.latent_dim < 2:
        raise ValueError(
            f"Expected a model of 2 latent dimensions or more; got one of {model.latent_dim}."
        )
    p = (np.arange(side) + 0.5) / side
    if codes is not None:
        codes = _codes(codes)
        if codes.shape[1] != model.latent_dim:
            raise ValueError(f"Expected codes (n, {model.latent_dim}); got shape {codes.shape}.")
        u = Normal().quantile(p)
        middle, (right, up), _, _ = _principal(codes)
    elif len(set(dims)) == 2 and set(dims) <= set(range(model.latent_dim)):
        u = model.prior.quantile(p)
        middle = np.full(model.latent_dim, model.prior.quantile(0.5))
        right, up = np.eye(model.latent_dim)[list(dims)]
        middle = middle * (1 - right - up)
    else:
        raise ValueError(f"Expected dims, two of 0..{model.latent_dim - 1}; got {dims!r}.")
    # Row by row from the top, where the second coordinate is largest.
    z = middle + u[None, :, None] * right + u[::-1, None, None] * up
    return image_grid(model.decode(z.reshape(side * side, -1)), columns=side)


def interpolations(model: Any, start: np.ndarray, end: np.ndarray, steps: int = 10) -> Image.Image:
    """A row for each pair: `model.interpolate(start, end, steps)`.

    Where the model encodes, the originals stand at both ends of a row.
    """
    path = model.interpolate(start, end, steps)
    if not isinstance(model, Encodes):
        return image_table(path)
    before, after = (np.asarray(x, "uint8")[:, None] for x in (start, end))
    return image_table(
        np.concatenate([before, path, after], axis=1),
        columns=["original", *[""] * steps, "original"],
    )


def traversals(
    model: Decodes, z: np.ndarray, *, dims: Sequence[int] | None = None, steps: int = 10
) -> Image.Image:
    """A row for each dimension of one latent: it runs through its prior, the others stay.

    The values are the prior's quantiles from 2 % to 98 %, equally spaced.

    Args:
        model: One that decodes images.
        z: The latent, (latent_dim,).
        dims: Which dimensions; None means all.
        steps: Images in a row.

    Raises:
        ValueError: A model that does not decode; another shape; dimensions that z does not have.
    """
    _check_decodes(model)
    z = np.asarray(z)
    if z.shape != (model.latent_dim,):
        raise ValueError(f"Expected z of shape ({model.latent_dim},); got {z.shape}.")
    dims = range(model.latent_dim) if dims is None else dims
    low, high = model.prior.quantile([0.02, 0.98])
    values = np.linspace(low, high, steps)
    path = np.concatenate([traverse(z[None], dim, values) for dim in dims])
    x = model.decode(path.reshape(-1, model.latent_dim))
    return image_table(
        x.reshape(*path.shape[:2], *x.shape[1:]),
        rows=[f"z {dim}" for dim in dims],
        columns=[f"{value:.1f}" for value in values],
    )


def arithmetic(
    model: Decodes,
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    names: Sequence[str] = ("a", "b", "c"),
    shown: int = 3,
) -> Image.Image:
    """`latents.analogy` of codes a - b + c: some of each, below them their means and the result.

    Args:
        model: One that decodes images.
        a, b, c: Codes (n, latent_dim) of three kinds.
        names: What these are.
        shown: How many of each kind stand above its mean.

    Raises:
        ValueError: A model that does not decode; codes of other shapes.
    """
    _check_decodes(model)
    result = model.decode(analogy(a, b, c)[None])
    shown = min(shown, len(a), len(b), len(c))
    columns = [
        np.concatenate([model.decode(codes[:shown]), model.decode(codes.mean(0, keepdims=True))])
        for codes in map(np.asarray, (a, b, c))
    ]
    blank = np.full((shown, *result.shape[1:]), WHITE, "uint8")
    columns.append(np.concatenate([blank, result]))
    a_name, b_name, c_name = names
    return image_table(
        np.stack(columns, axis=1),
        rows=[*[""] * shown, "mean"],
        columns=[a_name, f"- {b_name}", f"+ {c_name}", "="],
    )


def _check_decodes(model):
    if not isinstance(model, Decodes):
        raise ValueError(
            "Expected a model that decodes latents, by decode(z), latent_dim and prior; "
            f"{type(model).__name__} does not."
        )


def _codes(codes) -> np.ndarray:
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.shape[0] < 2 or codes.shape[1] < 2 or codes.dtype.kind not in "fiu":
        raise ValueError(
            f"Expected codes (n, d), n and d above 1; got {codes.dtype} {codes.shape}."
        )
    if not np.isfinite(codes).all():
        raise ValueError("Expected finite codes; got NaN or infinite values.")
    return codes.astype("float64")


def _principal(codes):
    """Mean (d,), two directions (2, d) as long as the deviation along them, the codes' coordinates
    (n, 2) and their shares of the variance (2,)."""
    from sklearn.decomposition import PCA

    pca = PCA(2, svd_solver="full").fit(codes)
    directions = pca.components_ * np.sqrt(pca.explained_variance_)[:, None]
    return pca.mean_, directions, pca.transform(codes), pca.explained_variance_ratio_


def _tsne(codes) -> np.ndarray:
    from sklearn.manifold import TSNE

    # scikit-learn's 30 neighbours, or what few codes have.
    perplexity = min(30.0, (len(codes) - 1) / 3)
    return TSNE(2, perplexity=perplexity, init="pca", random_state=0).fit_transform(codes)
