"""A preset by its recipe: made anew, trained again, and held to its card."""

import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_genzoo import registry, saving
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.metrics import Score
from keras_genzoo.recipes.cards import card
from keras_genzoo.recipes.reading import find_recipe, name_of, read_recipe, written
from keras_genzoo.recipes.recipe import Recipe, Target
from keras_genzoo.recipes.scoring import SEEDS, Held, compare, measure, noise_of, rounded, same_data
from keras_genzoo.recipes.training import prepare
from keras_genzoo.saving.preset import CARD, FILES, METADATA, RECIPE, find_preset
from keras_genzoo.support.files import check_writable, files_written_whole, sha256
from keras_genzoo.support.types import FilePath

# Processors round otherwise: no score is nearer to another's than this, relatively.
LEAST_NOISE = 1e-3


def silent(text: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Place:
    """Where data are, and what is said meanwhile.

    Args:
        path: Where the data of a recipe's name lie, where they have to be looked for.
        data_dir: Where tensorflow-datasets keeps its files.
        say: Told what is being done.
    """

    path: FilePath | None = None
    data_dir: FilePath | None = None
    say: Callable[[str], None] = silent

    def score(self, model: GenerativeModel, recipe: Recipe) -> list[Score]:
        """A model's score for each of a recipe's."""
        found = []
        for target in recipe.scores:
            self.say(f"Measuring {target.metric} ...")
            found.append(measure(model, target, path=self.path, data_dir=self.data_dir))
        return found


def reproduce(name: FilePath, out: FilePath, place: Place, accept: str | tuple = ()) -> list[Held]:
    """Trains a preset again by its recipe, and compares its scores with those of the recipe.

    The same call goes on where an interrupted one stopped.

    Args:
        name: Of the zoo's, a preset's folder, or a recipe's file.
        out: Gets checkpoints, log.csv, pictures, and the preset in a folder `preset`.
        place: Where data are.
        accept: What may differ from the run that is in the folder, see `ResumeTraining`.

    Raises:
        ValueError: A recipe without scores to reach; data or arguments that do not fit.
    """
    path = find_recipe(name)
    recipe = read_recipe(path)
    if not recipe.scores or any(target.value is None for target in recipe.scores):
        raise ValueError(
            f"Expected scores with value and noise in {path}, to compare with; got none. Let them "
            "be measured: keras-genzoo reproduce --new."
        )
    preset = _trained(recipe, name_of(path), Path(out), place, accept)
    scores = place.score(registry.from_preset(str(preset)), recipe)
    describe(preset, recipe, name_of(path), scores, path.read_text(encoding="utf-8"))
    return compare(recipe, scores)


def make_new(
    name: FilePath, out: FilePath, place: Place, runs: int = 1, accept: str | tuple = ()
) -> list[Held]:
    """Makes the preset of a recipe: trains it, and writes the scores and their noise into both.

    The preset goes into the recipe's own folder. The noise is three standard deviations of the
    score, over seeds of sampling or, where there are several trainings, over their seeds,
    whichever is more.

    Args:
        name: Of the zoo's, a preset's folder, or a recipe's file.
        out: Gets checkpoints, log.csv and pictures; those of further trainings in folders of it.
        place: Where data are.
        runs: Trainings, of the recipe's seed and of those after it.
        accept: What may differ from the run that is in the folder, see `ResumeTraining`.

    Raises:
        ValueError: A recipe without the protocol of a score, or not called recipe.yaml; data or
            arguments that do not fit.
    """
    path, out = find_recipe(name), Path(out)
    recipe = read_recipe(path)
    if path.name != RECIPE or not recipe.scores:
        raise ValueError(
            f"Expected a file {RECIPE} in a folder of its own, with the protocol of a score at "
            f"least; got {path} with {len(recipe.scores)}."
        )
    check_writable(path.parent)
    preset = _trained(recipe, name_of(path), out, place, accept)
    model = registry.from_preset(str(preset))
    # Of each score, by several seeds of sampling.
    by_sampling = [place.score(model, _sampled_by(recipe, i)) for i in range(SEEDS)]
    by_training = [by_sampling[0]]
    for i in range(1, runs):
        other = recipe.model_copy(update={"seed": recipe.seed + i})
        place.say(f"Training {i + 1} of {runs}, with seed {other.seed}")
        folder = _trained(other, name_of(path), out / f"seed_{other.seed}", place, accept)
        by_training.append(place.score(registry.from_preset(str(folder)), recipe))
    reached = [
        _reached(target, *([scores[i] for scores in group] for group in (by_sampling, by_training)))
        for i, target in enumerate(recipe.scores)
    ]
    recipe = recipe.model_copy(update={"scores": reached})
    describe(preset, recipe, name_of(path), by_sampling[0], written(recipe))
    with files_written_whole(path.parent, FILES) as temporary:
        for file in FILES:
            if (preset / file).exists():
                shutil.copyfile(preset / file, temporary / file)
    return compare(recipe, by_sampling[0])


def check(name: FilePath, place: Place) -> list[Held]:
    """Holds a preset to its card: the files, and its scores, which are measured again.

    Args:
        name: Of the zoo's, a preset's folder, or `hf://owner/name`.
        place: Where data are.

    Returns:
        The scores beside those of the recipe.

    Raises:
        ValueError: A preset without a recipe, or that was never measured; a card or a recipe that
            was altered after it was written; a card's figure that is not that of the recipe or of
            the weights; other data.
    """
    recipe, recorded = stated(name)
    scores = place.score(registry.from_preset(str(name)), recipe)
    held = compare(recipe, scores)
    for one, on_card in zip(held, recorded, strict=True):
        same_data(one.score, on_card)
        if not Held(one.target, on_card).holds or not _agree(one, on_card):
            raise ValueError(
                f"The card of {name} does not hold: it says {on_card.metric} {on_card.value:.5g}; "
                f"its recipe {one.target.value} ± {one.target.noise}, its weights "
                f"{one.score.value:.5g}."
            )
    return held


def stated(name: FilePath) -> tuple[Recipe, list[Score]]:
    """What a preset says of itself: its recipe, and the scores that are on its card.

    Args:
        name: Of the zoo's, a preset's folder, or `hf://owner/name`.

    Raises:
        ValueError: A preset without a recipe, or that was never measured; a card or a recipe that
            was altered after it was written.
    """
    folder = find_preset(name)
    if not (folder / RECIPE).is_file() or not (folder / METADATA).is_file():
        raise ValueError(f"Expected a preset with a {RECIPE}, which has scores; {name} has none.")
    metadata = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    recorded = [Score.from_json(json.dumps(score)) for score in metadata.get("scores", [])]
    for file in (CARD, RECIPE):
        wanted = metadata.get("sha256", {}).get(file)
        if sha256(folder / file) != wanted:
            raise ValueError(
                f"{folder / file} was altered after it was written: expected SHA-256 {wanted}. A "
                f"card is written from {RECIPE} and from what was measured."
            )
    recipe = read_recipe(folder / RECIPE)
    metrics = [target.metric for target in recipe.scores]
    if not metrics:
        raise ValueError(
            f"Expected scores in {folder / RECIPE}, to hold the preset to; it names none. Add the "
            "protocol of one to the recipe, and do keras-genzoo reproduce --new."
        )
    if metrics != [score.metric for score in recorded]:
        raise ValueError(
            f"Expected the measured scores {metrics} in {folder / METADATA}, as {RECIPE} has them; "
            f"got {[score.metric for score in recorded]}. keras-genzoo reproduce measures them."
        )
    return recipe, recorded


def record(name: FilePath, place: Place) -> None:
    """Measures a preset by its recipe's protocols, and writes its card anew.

    Args:
        name: Of the zoo's, or a preset's folder.
        place: Where data are.
    """
    folder = find_preset(name)
    recipe, called = read_recipe(find_recipe(folder)), name_of(folder / RECIPE)
    scores = place.score(registry.from_preset(str(folder)), recipe)
    describe(folder, recipe, called, scores, (folder / RECIPE).read_text(encoding="utf-8"))


def describe(
    folder: FilePath, recipe: Recipe, name: str, scores: Sequence[Score], text: str
) -> None:
    """Writes a preset's card, recipe and measured scores anew.

    Args:
        folder: Of the preset.
        recipe: What it was trained by.
        name: What the card calls it.
        scores: What its weights were measured with.
        text: Of the recipe's file.
    """
    saving.describe_preset(
        folder,
        card=card(recipe, name, scores),
        recipe=text,
        name=name,
        scores=[json.loads(score.to_json()) for score in scores],
    )


def _trained(recipe: Recipe, name: str, out: Path, place: Place, accept: str | tuple) -> Path:
    """Trains, and gives the folder of a preset of what sampling, encoding and features need."""
    run = prepare(recipe, path=place.path, data_dir=place.data_dir)
    place.say(str(run))
    run.train(out, accept=accept)
    run.model.save_to_preset(
        out / "preset",
        include_optimizer=False,
        overwrite=True,
        card=card(recipe, name),
        recipe=written(recipe),
        dtype=recipe.storage,
    )
    return out / "preset"


def _sampled_by(recipe: Recipe, i: int) -> Recipe:
    """The recipe, its scores by seeds that are i further on."""
    scores = [target.model_copy(update={"seed": target.seed + i}) for target in recipe.scores]
    return recipe.model_copy(update={"scores": scores})


def _reached(target: Target, *groups: list[Score]) -> Target:
    """A target with the value that was reached, and its noise, rounded up to two digits."""
    value = groups[0][0].value
    noise = max(noise_of(*groups), LEAST_NOISE * abs(value))
    if noise:
        digit = 10.0 ** (math.floor(math.log10(noise)) - 1)
        noise = float(f"{math.ceil(noise / digit) * digit:.2g}")
    return target.model_copy(update={"value": rounded(value, noise), "noise": noise})


def _agree(held: Held, on_card: Score) -> bool:
    return abs(held.score.value - on_card.value) <= (held.target.noise or 0.0)
