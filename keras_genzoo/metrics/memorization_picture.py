"""The samples that lie nearest to training examples, as a picture."""

import numpy as np

from keras_genzoo.metrics.features.extractors import checked
from keras_genzoo.metrics.memorization import Memorization
from keras_genzoo.plotting.figures import new_figure, rendered
from keras_genzoo.support.files import written_whole
from keras_genzoo.support.types import FilePath


def memorization_picture(
    samples: np.ndarray,
    training: np.ndarray,
    results: Memorization | dict[str, Memorization],
    path: FilePath,
    pairs: int = 10,
) -> None:
    """Writes the samples that lie nearest to training examples, each above its neighbour.

    Where a distance is at or below the threshold, it is red: the pair is nearer than real data
    that were not trained on would be.

    ```python
    look = zoo.metrics.embedded_extractor().features
    memorization = zoo.metrics.memorization
    results = {
        "pixels": memorization(samples, training, held_out),
        "features": memorization(look(samples), look(training), look(held_out)),
    }
    zoo.metrics.memorization_picture(samples, training, results, "runs/memorization.png")
    ```

    Args:
        samples: uint8 (n, height, width, channels), those that were measured, in the same order.
        training: uint8 (m, height, width, channels), likewise.
        results: What `memorization` found; several, such as of pixels and of features, by name.
        path: The picture's, ending in .png.
        pairs: How many pairs, at most, the nearest first.

    Raises:
        ValueError: Images of another dtype, results of other samples or another training set.
        OSError: The picture cannot be written.
    """
    samples, training = checked(samples), checked(training)
    results = {"": results} if isinstance(results, Memorization) else results
    for result in results.values():
        if len(result.neighbors) != len(samples) or result.neighbors.max() >= len(training):
            raise ValueError(
                f"Expected results of these {len(samples)} samples and {len(training)} training "
                f"examples; got those of {len(result.neighbors)} samples, with a neighbour number "
                f"{result.neighbors.max()}."
            )
    figure = _pairs(samples, training, results, min(pairs, len(samples)))
    with written_whole(path) as temporary:
        rendered(figure).save(temporary)


def _pairs(samples, training, results, pairs):
    width = 0.8 * max(pairs, 5) + 0.9  # enough for the title
    figure = new_figure(width, 2.15 * len(results), dots_per_inch=120)
    blocks = np.atleast_1d(figure.subfigures(len(results), 1))
    for block, (space, result) in zip(blocks, results.items(), strict=True):
        text = f"{result.share:.1%} at or below {result.threshold:.4g}, expected "
        text += f"{result.expected_share:.1%}, p = {result.p_value:.2g}"
        block.suptitle(f"{space}: {text}" if space else text, fontsize=9)
        axes = block.subplots(2, pairs, squeeze=False)
        for column, i in enumerate(np.argsort(result.distances, kind="stable")[:pairs]):
            distance = result.distances[i]
            color = "tab:red" if distance <= result.threshold else "black"
            axes[0, column].set_title(f"{distance:.4g}", fontsize=7, color=color)
            for ax, image in zip(
                axes[:, column], (samples[i], training[result.neighbors[i]]), strict=True
            ):
                shown = image[..., 0] if image.shape[-1] == 1 else image
                ax.imshow(shown, cmap="gray", vmin=0, vmax=255)
                ax.set(xticks=[], yticks=[])
        for ax, row in zip(axes[:, 0], ("sample", "training"), strict=True):
            ax.set_ylabel(row, fontsize=8)
    return figure
