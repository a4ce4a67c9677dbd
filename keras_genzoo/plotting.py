"""Pictures of samples and of latent spaces, as Pillow images."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_genzoo.latents import analogy, prior_quantile, traverse

# Smaller images are enlarged until their longer side comes near this many pixels.
VISIBLE = 56
TEXT = 12  # pixels
WHITE = 255


def image_grid(images: np.ndarray, columns: int | None = None, padding: int = 2) -> Image.Image:
    """Images side by side, row by row, on white.

    Args:
        images: uint8 (n, height, width, channels), 1 or 3 channels. Small ones are enlarged by
            a whole factor, without smoothing.
        columns: Images in a row; by default the grid is about square.
        padding: Pixels around each image.

    Raises:
        ValueError: Another shape or dtype; `columns` or `padding` out of range.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3):
        raise ValueError(
            "Expected uint8 images (n, height, width, channels) with 1 or 3 channels; got "
            f"{images.dtype} {images.shape}."
        )
    if 0 in images.shape:
        raise ValueError(f"Expected at least one image; got shape {images.shape}.")
    n, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(n)) if columns is None else columns
    if columns < 1 or padding < 0:
        raise ValueError(f"Expected columns >= 1, padding >= 0; got {columns}, {padding}.")
    columns = min(columns, n)
    rows = math.ceil(n / columns)

    factor = max(1, VISIBLE // max(height, width))
    images = images.repeat(factor, axis=1).repeat(factor, axis=2)
    cell_height, cell_width = height * factor + padding, width * factor + padding
    grid = np.full(
        (rows * cell_height + padding, columns * cell_width + padding, channels), 255, np.uint8
    )
    for i, image in enumerate(images):
        top = i // columns * cell_height + padding
        left = i % columns * cell_width + padding
        grid[top : top + image.shape[0], left : left + image.shape[1]] = image
    return Image.fromarray(grid[..., 0] if channels == 1 else grid)


def scatter(points: np.ndarray, size: int = 400) -> Image.Image:
    """Vectors as points in the plane of their first two dimensions; a histogram of 1-D ones.

    Args:
        points: Numbers (n, features). Points that are not finite are counted in the title.
        size: Width and height of the picture in pixels.

    Raises:
        ValueError: Another shape.
    """
    points = np.asarray(points)
    if points.ndim != 2 or 0 in points.shape or points.dtype.kind not in "fiu":
        raise ValueError(
            f"Expected vectors (n, features), n > 0; got {points.dtype} {points.shape}."
        )
    points = points[:, :2].astype("float64")
    finite = points[np.isfinite(points).all(axis=1)]
    figure, axes = _figure(size, size)
    if len(finite) < len(points):
        axes.set_title(f"{len(points) - len(finite)} of {len(points)} points not finite")
    if points.shape[1] == 1:
        axes.hist(finite[:, 0], bins=50, density=len(finite) > 0)
    else:
        axes.scatter(*finite.T, s=4, linewidths=0)
        axes.set_aspect("equal", adjustable="datalim")
    return _rendered(figure)


def curves(x: np.ndarray, named: dict[str, np.ndarray], **axes) -> Image.Image:
    """Functions of x as lines, solid, dashed, ..., with their names in a legend.

    Args:
        x: (n,).
        named: Name -> its values (n,).
        axes: What matplotlib's axes are to be set to, such as xlabel, yscale, ylim.

    Raises:
        ValueError: No curves, or some that are not of x's length.
    """
    wrong = [name for name, y in named.items() if np.shape(y) != np.shape(x)]
    if not named or wrong:
        raise ValueError(f"Expected curves of shape {np.shape(x)}; got others: {wrong}.")
    figure, plot = _figure(800, 450)
    for (name, y), style in zip(named.items(), itertools.cycle(["-", "--", "-.", ":"])):
        plot.plot(x, y, style, label=name, linewidth=2)
    plot.set(**axes)
    plot.legend()
    return _rendered(figure)


def picture(samples: np.ndarray) -> Image.Image:
    """What `model.sample` gives, as a picture: a grid of images, or a scatter of vectors.

    Raises:
        ValueError: Neither uint8 images (n, height, width, channels) nor vectors (n, features).
    """
    samples = np.asarray(samples)
    if samples.ndim == 4:
        return image_grid(samples)
    if samples.ndim == 2:
        return scatter(samples)
    raise ValueError(
        "Expected images (n, height, width, channels) or vectors (n, features); got "
        f"{samples.dtype} {samples.shape}."
    )


# ---------------------------------------------------------------------- latent spaces


def image_table(
    images: np.ndarray,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    padding: int = 2,
) -> Image.Image:
    """Rows of images, with what each row and each column is.

    Args:
        images: uint8 (rows, columns, height, width, channels), such as `model.interpolate` gives.
        rows: A text to the left of each row.
        columns: A text above each column.
        padding: Pixels around each image.

    Raises:
        ValueError: Another shape or dtype; texts that are not one for each row or column.
    """
    images = np.asarray(images)
    if images.ndim != 5:
        raise ValueError(
            "Expected images (rows, columns, height, width, channels); got "
            f"{images.dtype} {images.shape}."
        )
    for what, texts, n in (("rows", rows, len(images)), ("columns", columns, images.shape[1])):
        if texts is not None and len(texts) != n:
            raise ValueError(f"Expected a text for each of {n} {what}; got {len(texts)}.")
    shape = images.shape
    grid = image_grid(images.reshape(-1, *shape[2:]), columns=shape[1], padding=padding)
    font = ImageFont.load_default(TEXT)
    left = max((math.ceil(font.getlength(text)) + 6 for text in rows or ()), default=0)
    top = TEXT + 4 if columns else 0
    table = Image.new(grid.mode, (left + grid.width, top + grid.height), "white")
    table.paste(grid, (left, top))
    draw = ImageDraw.Draw(table)
    cell_width, cell_height = grid.width / shape[1], grid.height / shape[0]
    for i, text in enumerate(rows or ()):
        middle = top + (i + 0.5) * cell_height
        draw.text((left - 3, middle), text, "black", font, anchor="rm")
    for i, text in enumerate(columns or ()):
        middle = left + (i + 0.5) * cell_width
        draw.text((middle, top), text, "black", font, anchor="mb")
    return table


def code_map(
    codes: np.ndarray, labels=None, *, method: str = "pca", size: int = 600
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
    figure, axes = _figure(size, size)
    if codes.shape[1] == 2:
        points, names = codes, ("z 0", "z 1")
    elif method == "pca":
        _, _, points, shares = _principal(codes)
        names = [f"component {i + 1}: {share:.0%} of variance" for i, share in enumerate(shares)]
    else:
        points, names = _tsne(codes), ("t-SNE", "")
        axes.set(xticks=[], yticks=[])
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.set_aspect("equal", adjustable="datalim")
    classes = [None] if labels is None else np.unique(labels)
    # Small points for many codes, larger ones for few.
    area = np.clip(20_000 / len(points), 3, 30)
    for label, color in zip(classes, _colors(len(classes)), strict=True):
        own = points if label is None else points[np.asarray(labels) == label]
        axes.scatter(*own.T, s=area, color=color, linewidths=0, label=label)
    if labels is not None:
        columns = math.ceil(len(classes) / 25)
        figure.set_figwidth(figure.get_figwidth() + 0.6 * columns)
        figure.legend(loc="outside right center", ncols=columns, markerscale=(40 / area) ** 0.5)
    return _rendered(figure)


def latent_manifold(
    model, *, side: int = 15, dims: tuple[int, int] = (0, 1), codes: np.ndarray | None = None
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
    if side < 2 or model.latent_dim < 2:
        raise ValueError(
            "Expected side >= 2 and a model of 2 latent dimensions or more; got "
            f"{side}, {model.latent_dim}."
        )
    p = (np.arange(side) + 0.5) / side
    if codes is not None:
        codes = _codes(codes)
        if codes.shape[1] != model.latent_dim:
            raise ValueError(f"Expected codes (n, {model.latent_dim}); got shape {codes.shape}.")
        u = prior_quantile("normal", p)
        middle, (right, up), _, _ = _principal(codes)
    elif len(set(dims)) == 2 and set(dims) <= set(range(model.latent_dim)):
        u = prior_quantile(model.noise_kind, p)
        middle = np.full(model.latent_dim, prior_quantile(model.noise_kind, 0.5))
        right, up = np.eye(model.latent_dim)[list(dims)]
        middle = middle * (1 - right - up)
    else:
        raise ValueError(f"Expected dims, two of 0..{model.latent_dim - 1}; got {dims!r}.")
    # Row by row from the top, where the second coordinate is largest.
    z = middle + u[None, :, None] * right + u[::-1, None, None] * up
    return image_grid(model.decode(z.reshape(side * side, -1)), columns=side)


def interpolations(model, start, end, steps: int = 10) -> Image.Image:
    """A row for each pair: `model.interpolate(start, end, steps)`.

    Where the model encodes, the originals stand at both ends of a row.
    """
    path = model.interpolate(start, end, steps)
    if not hasattr(model, "encode"):
        return image_table(path)
    before, after = (np.asarray(x, "uint8")[:, None] for x in (start, end))
    return image_table(
        np.concatenate([before, path, after], axis=1),
        columns=["original", *[""] * steps, "original"],
    )


def traversals(
    model, z: np.ndarray, *, dims: Sequence[int] | None = None, steps: int = 10
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
    values = np.linspace(*prior_quantile(model.noise_kind, [0.02, 0.98]), steps)
    path = np.concatenate([traverse(z[None], dim, values) for dim in dims])
    x = model.decode(path.reshape(-1, model.latent_dim))
    return image_table(
        x.reshape(*path.shape[:2], *x.shape[1:]),
        rows=[f"z {dim}" for dim in dims],
        columns=[f"{value:.1f}" for value in values],
    )


def arithmetic(
    model, a: np.ndarray, b: np.ndarray, c: np.ndarray, names=("a", "b", "c"), shown: int = 3
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
    if not hasattr(model, "decode"):
        raise ValueError(f"Expected a model that decodes latents; {type(model).__name__} does not.")


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


def _colors(n: int) -> list:
    from matplotlib import colormaps

    if n <= 10:
        return list(colormaps["tab10"].colors[:n])
    return list(colormaps["turbo"](np.linspace(0, 1, n)))


def _figure(width: int, height: int):
    """A matplotlib figure of so many pixels, and its axes."""
    # Imported here, since it takes half a second that most users of the library need not spend.
    # The figure objects leave pyplot's global state alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 100, height / 100), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _rendered(figure) -> Image.Image:
    figure.canvas.draw()
    return Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
