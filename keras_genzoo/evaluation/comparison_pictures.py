"""The table of a comparison as pictures."""

import math

import numpy as np
from PIL import Image

from keras_genzoo.evaluation.comparison import BY_METRIC, Comparison, cell
from keras_genzoo.metrics import Score
from keras_genzoo.plotting import image_table
from keras_genzoo.plotting.figures import new_figure, rendered

PANELS = (
    "bits_per_dim",
    "frechet_distance",
    "precision",
    "recall",
    "linear_probe_accuracy",
    "parameters",
    "training_examples_per_second",
    "seconds_per_sample",
)
# Points on a logarithmic axis where they differ by more than ten times.
LOGARITHMIC = ("parameters", "training_examples_per_second", "seconds_per_sample")
MOST_STEPS = 4  # from tick to tick
SHARES = ("precision", "recall", "linear_probe_accuracy")
COLORS = ("tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple", "tab:brown", "tab:pink")
DOTS_PER_INCH = 150
LONGEST_NAME = 24


def rows_of_samples(rows: dict[str, np.ndarray]) -> Image.Image:
    """A row of images for each name, uint8 (n, height, width, channels), as many in each."""
    count = min(len(images) for images in rows.values())
    return image_table(
        np.stack([images[:count] for images in rows.values()]), rows=[_short(name) for name in rows]
    )


def bars(comparison: Comparison) -> Image.Image:
    """The main figures, a panel each and a bar for each model.

    Figures that span orders of magnitude are points on a logarithmic axis, which has no zero for
    bars to begin at. Bars of one panel that were measured by different protocols are hatched, and
    points hollow: they do not compare.
    """
    panels = [metric for metric in PANELS if comparison.scores(metric)]
    if not panels:
        panels = comparison.metrics()
    names = list(comparison.models)
    columns = min(4, max(1, len(panels)))
    lines = -(-len(panels) // columns)
    height = (0.9 + 0.36 * len(names)) * lines + 0.3
    figure = new_figure(3.4 * columns, height, DOTS_PER_INCH)
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for i, (ax, metric) in enumerate(zip(axes, panels, strict=False)):
        _panel(ax, comparison, metric, names)
        # Rows are the same in all panels.
        labels = [_short(name) if i % columns == 0 else "" for name in names]
        ax.set_yticks(range(len(names)), labels, fontsize=8)
    for ax in axes[len(panels) :]:
        ax.set_visible(False)
    data = comparison.data
    figure.suptitle(
        f"{data['data']}, {data['split']}. Hatched, hollow: protocols differ", fontsize=9
    )
    return rendered(figure)


def _panel(ax, comparison, metric, names):
    """One metric: a bar or a point for each model, at the height of its number in `names`."""
    column, scores = BY_METRIC[metric], comparison.scores(metric)
    differ = len(comparison.by_protocol(metric)) > 1
    values = [score.value for score in scores.values()]
    logarithmic = metric in LOGARITHMIC and max(values) > 10 * min(values) > 0
    for i, name in enumerate(names):
        score = scores.get(name)
        if score is None:
            at = {"xytext": (0.0, i), "textcoords": ("axes fraction", "data")}
            ax.annotate(" not measured", (0, i), **at, color="gray", va="center", fontsize=7)
            continue
        draw = _point if logarithmic else _bar
        draw(ax, i, score, COLORS[i % len(COLORS)], differ)
        text = cell(Score(score.metric, score.value, score.protocol))
        if differ and "method" in score.protocol:
            text += f" ({score.protocol['method']})"
        end = score.value + (score.error or 0) if score.value >= 0 else 0
        offset = (6 if logarithmic else 3, 0)
        ax.annotate(text, (end, i), offset, textcoords="offset points", va="center", fontsize=7)
    if logarithmic:
        _decades(ax, min(values), max(values))
    elif metric in SHARES:
        ax.set_xlim(0, 1.35)
        ax.set_xticks([0, 0.5, 1])
    else:
        low, high = min(0, *values), max(0, *values)
        ax.set_xlim(low * 1.05, high + 0.55 * ((high - low) or 1))
        ax.locator_params(axis="x", nbins=4)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="x", labelsize=7)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right"]].set_visible(False)
    better = f"\n{column.better} is better" if column.better else ""
    ax.set_title(f"{column.title}{better}", fontsize=8)


def _point(ax, i, score, color, hollow):
    face = "white" if hollow else color
    mark = {"fmt": "o", "markersize": 6, "color": color, "markerfacecolor": face}
    ax.errorbar(score.value, i, xerr=score.error, **mark, elinewidth=0.8, ecolor="black")


def _bar(ax, i, score, color, hatched):
    ax.barh(
        i,
        score.value,
        xerr=score.error,
        color=color,
        hatch="////" if hatched else None,
        edgecolor="white",
        linewidth=0,
        height=0.7,
        error_kw={"elinewidth": 0.8, "ecolor": "black"},
    )


def _decades(ax, lowest, highest):
    """A logarithmic axis of whole decades around the values, with room for the last one's text."""
    ax.set_xscale("log")
    low, high = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))
    step = math.ceil((high - low) / MOST_STEPS)
    ticks = range(low, high + step, step)
    ax.set_xlim(10.0**low, 10.0 ** (ticks[-1] + 0.5 * (ticks[-1] - low)))
    ax.set_xticks([10.0**k for k in ticks])
    ax.minorticks_off()
    ax.grid(axis="x", alpha=0.3)


def _short(name: str) -> str:
    """The end of a name that is a long path."""
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"
