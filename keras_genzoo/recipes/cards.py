"""What a card says of data, training and scores: written from the recipe and what was measured."""

import json
from collections.abc import Sequence
from typing import Any

from keras_genzoo.evaluation.comparison import entries, number
from keras_genzoo.metrics import Score
from keras_genzoo.recipes.recipe import Recipe, Target
from keras_genzoo.saving.preset import RECIPE


def card(recipe: Recipe, name: str, scores: Sequence[Score] = ()) -> str:
    """The text of a preset's card, in Markdown.

    Args:
        recipe: What it was trained by.
        name: Of the preset.
        scores: What its weights were measured with, one for each of the recipe's.
    """
    data = recipe.data
    of_data = _entries(data, ("name", "split"))
    how = ", ".join(part for part in (f'split "{data.split}"', of_data) if part)
    parts = [
        recipe.about.strip() or f"# {name}",
        f"**Training.** Data `{data.name}`, {how}; {_training(recipe)}. [{RECIPE}]({RECIPE}) says "
        f"all of it: `keras-genzoo reproduce {name}` trains it again.",
    ]
    if scores:
        parts += [_measured(recipe, name, scores)]
    return "\n\n".join(parts) + "\n"


def _training(recipe: Recipe) -> str:
    arguments = ", ".join(f"{key}={_json(value)}" for key, value in recipe.arguments.items())
    compiled = ", ".join(f"{key}={_json(value)}" for key, value in recipe.compile.items())
    length = f"{recipe.epochs} epochs" if recipe.epochs else f"{recipe.steps:,} steps"
    batch = f", batches of {recipe.batch_size}" if recipe.batch_size else ""
    return (
        f"`{recipe.model}` with {f'`{arguments}`' if arguments else 'its own defaults'}, "
        f"{f'compiled with `{compiled}`, ' if compiled else ''}{length}{batch}, seed {recipe.seed}"
    )


def _measured(recipe: Recipe, name: str, scores: Sequence[Score]) -> str:
    lines = [
        f"**Measured.** `keras-genzoo evaluate {name} --check` measures it again; another training "
        "may be as far from the score to reach as its ± says.",
        "",
        "| score | measured | to reach | protocol |",
        "|---|---|---|---|",
    ]
    for target, score in zip(recipe.scores, scores, strict=True):
        lines.append(
            f"| `{score.metric}` | {number(score.value, 4)} | {_aim(target)} | "
            f"{_protocol(target, score)} |"
        )
    return "\n".join(lines)


def _protocol(target: Target, score: Score) -> str:
    said = _entries(target, ("metric", "value", "noise"))
    hashes = {k: v for k, v in score.protocol.items() if k == "extractor_sha256"}
    return ", ".join(part for part in (said, entries(hashes)) if part)


def _entries(part: Any, without: tuple[str, ...]) -> str:
    """What a part of the recipe says beside some keys, as "name=value"."""
    said = part.model_dump(exclude_unset=True)
    return ", ".join(
        f"{key}={_json(value)}"
        for key, value in said.items()
        if key not in without and value not in (None, {}, [])
    )


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _aim(target: Target) -> str:
    if target.value is None or target.noise is None:
        return ""
    return f"{number(target.value, 4)} ± {number(target.noise, 2)}"
