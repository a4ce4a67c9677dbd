"""Pictures of samples, as Pillow images."""

import math

import numpy as np
from PIL import Image

# Smaller images are enlarged until their longer side comes near this many pixels.
VISIBLE = 56


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
    # Here, since it takes half a second that most users of the library need not spend. The
    # figure objects leave pyplot's global state alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    points = np.asarray(points)
    if points.ndim != 2 or 0 in points.shape or points.dtype.kind not in "fiu":
        raise ValueError(
            f"Expected vectors (n, features), n > 0; got {points.dtype} {points.shape}."
        )
    points = points[:, :2].astype("float64")
    finite = points[np.isfinite(points).all(axis=1)]
    figure = Figure(figsize=(size / 100, size / 100), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    if len(finite) < len(points):
        axes.set_title(f"{len(points) - len(finite)} of {len(points)} points not finite")
    if points.shape[1] == 1:
        axes.hist(finite[:, 0], bins=50, density=len(finite) > 0)
    else:
        axes.scatter(*finite.T, s=4, linewidths=0)
        axes.set_aspect("equal", adjustable="datalim")
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


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
