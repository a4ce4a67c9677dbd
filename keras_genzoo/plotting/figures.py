"""Points and curves, and the one place that knows how matplotlib draws a picture."""

import itertools
import math

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image


def new_figure(width: float, height: float, dots_per_inch: int = 100) -> Figure:
    """A figure of so many inches, which `rendered` makes a picture of.

    It is none of pyplot's figures, whose global state and windows are the user's own.
    """
    figure = Figure(figsize=(width, height), dpi=dots_per_inch, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def rendered(figure: Figure) -> Image.Image:
    """A figure as a picture in colours."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def draw_points(
    figure: Figure, points: np.ndarray, labels: ArrayLike | None = None, *, area: float
) -> None:
    """Draws points (n, 2) into a figure of one plot, each class in a colour, with a legend."""
    (axes,) = figure.axes
    classes = [None] if labels is None else np.unique(labels)
    for label, color in zip(classes, _colors(len(classes)), strict=True):
        own = points if label is None else points[np.asarray(labels) == label]
        axes.scatter(own[:, 0], own[:, 1], s=area, color=color, linewidths=0, label=label)
    if labels is not None:
        columns = math.ceil(len(classes) / 25)
        figure.set_figwidth(figure.get_figwidth() + 0.6 * columns)
        figure.legend(loc="outside right center", ncols=columns, markerscale=(40 / area) ** 0.5)


def _colors(n: int) -> list:
    if n <= 10:
        return list(colormaps["tab10"](range(n)))
    return list(colormaps["turbo"](np.linspace(0, 1, n)))


def scatter(points: np.ndarray, size: int = 400, *, labels: ArrayLike | None = None) -> Image.Image:
    """Vectors as points in the plane of their first two dimensions; a histogram of 1-D ones.

    Args:
        points: Numbers (n, features). Points that are not finite are counted in the title.
        size: Height of the picture in pixels, and its width without a legend.
        labels: Classes (n,), each in a colour of its own, with a legend; of 1-D points one
            histogram shows all.

    Raises:
        ValueError: Another shape; labels that are not one for each point.
    """
    points = np.asarray(points)
    if points.ndim != 2 or 0 in points.shape or points.dtype.kind not in "fiu":
        raise ValueError(
            f"Expected vectors (n, features), n > 0; got {points.dtype} {points.shape}."
        )
    if labels is not None and np.shape(labels) != (len(points),):
        raise ValueError(f"Expected labels of {len(points)} points; got shape {np.shape(labels)}.")
    points = points[:, :2].astype("float64")
    is_finite = np.isfinite(points).all(axis=1)
    finite = points[is_finite]
    figure = new_figure(size / 100, size / 100)
    axes = figure.add_subplot()
    if len(finite) < len(points):
        axes.set_title(f"{len(points) - len(finite)} of {len(points)} points not finite")
    if points.shape[1] == 1:
        axes.hist(finite[:, 0], bins=50, density=len(finite) > 0)
    else:
        axes.set_aspect("equal", adjustable="datalim")
        draw_points(
            figure, finite, None if labels is None else np.asarray(labels)[is_finite], area=4
        )
    return rendered(figure)


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
    figure = new_figure(8, 4.5)
    plot = figure.add_subplot()
    for (name, y), style in zip(named.items(), itertools.cycle(["-", "--", "-.", ":"])):
        plot.plot(x, y, style, label=name, linewidth=2)
    plot.set(**axes)
    plot.legend()
    return rendered(figure)
