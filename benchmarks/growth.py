"""How the time of a sample grows with the size of the image or of the network."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from keras_genzoo import GenerativeModel
from keras_genzoo.metrics import Score
from keras_genzoo.metrics.cost import sampling_time
from keras_genzoo.plotting.figures import new_figure, rendered
from keras_genzoo.support.undisturbed import undisturbed


def sampling_growth(
    builders: dict[str, dict[int, Callable[[], GenerativeModel]]], by: str, **arguments
) -> dict[str, dict[int, Score]]:
    """The time of a sample by the size of the image or of the network.

    Weights do not matter to the time: models need no training for this.

    ```python
    sizes = (8, 16, 32)
    scores = sampling_growth(
        {
            "VAE": {n * n: lambda n=n: zoo.VAE(image_shape=(n, n, 1)) for n in sizes},
            "PixelCNN": {n * n: lambda n=n: zoo.PixelCNN(image_shape=(n, n, 1)) for n in sizes},
        },
        by="pixels",
    )
    growth_exponent(scores["PixelCNN"])
    ```

    Args:
        builders: For each curve, what grows -> a function that makes the model of that size. One
            model is held at a time.
        by: What grows, "pixels" or "layers"; goes into the protocol.
        **arguments: Those of `sampling_time`.

    Returns:
        `seconds_per_sample` by curve and size.
    """
    curves = {}
    for name, sizes in builders.items():
        curves[name] = {}
        for size, build in sorted(sizes.items()):
            with undisturbed():
                score = sampling_time(build(), **arguments)
            curves[name][size] = score.with_protocol(**{by: size})
    return curves


def growth_exponent(scores: dict[int, Score]) -> float:
    """The p of time = c size^p that fits best: the slope of the logarithms, by least squares.

    Raises:
        ValueError: Fewer than two sizes.
    """
    if len(scores) < 2:
        raise ValueError(f"Expected scores of two sizes or more; got {len(scores)}.")
    seconds = [score.value for score in scores.values()]
    return float(np.polyfit(np.log(list(scores)), np.log(seconds), 1)[0])


def picture(curves: dict[str, dict[int, Score]], by: str) -> Image.Image:
    """Seconds per sample against what grows, both logarithmic: `sampling_growth` as a picture.

    Args:
        curves: `seconds_per_sample` by model and size.
        by: What the sizes are, such as "pixels".
    """
    figure = new_figure(5.5, 4, dots_per_inch=150)
    axes = figure.add_subplot()
    for name, scores in curves.items():
        seconds = [score.value for score in scores.values()]
        axes.plot(list(scores), seconds, "o-", markersize=4, label=name)
    axes.set(xscale="log", yscale="log", xlabel=by, ylabel="seconds per sample")
    sizes = sorted({size for scores in curves.values() for size in scores})
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right center", frameon=False)
    return rendered(figure)
