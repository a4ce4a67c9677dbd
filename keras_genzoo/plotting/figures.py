"""Points and curves, and the one place that knows how matplotlib draws a picture."""

import itertools

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
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
    figure = new_figure(size / 100, size / 100)
    axes = figure.add_subplot()
    if len(finite) < len(points):
        axes.set_title(f"{len(points) - len(finite)} of {len(points)} points not finite")
    if points.shape[1] == 1:
        axes.hist(finite[:, 0], bins=50, density=len(finite) > 0)
    else:
        axes.scatter(finite[:, 0], finite[:, 1], s=4, linewidths=0)
        axes.set_aspect("equal", adjustable="datalim")
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
