"""The score of a model by a protocol, and whether it is the one to reach."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from keras_genzoo.engine import GenerativeModel
from keras_genzoo.evaluation import Ruler
from keras_genzoo.metrics import Score, mode_scores
from keras_genzoo.metrics.image_hash import ImageHash
from keras_genzoo.recipes.recipe import MODES, Recipe, Target
from keras_genzoo.support.types import FilePath

# Drawn where a protocol does not say how many.
NUM_SAMPLES = 1000
# Seeds of samples and estimates, by which the noise of a score is known.
SEEDS = 5
# Noise is so many standard deviations.
DEVIATIONS = 3.0
# By these entries of a protocol one sees that it is the same data and network.
IDENTITY = ("real_hash", "extractor_sha256")


@dataclass(frozen=True)
class Held:
    """A score beside the one to reach.

    Args:
        target: What the recipe says.
        score: What was measured.
    """

    target: Target
    score: Score

    @property
    def holds(self) -> bool:
        """Whether the score is within the noise that the recipe states."""
        return (
            self.target.value is not None
            and self.target.noise is not None
            and abs(self.score.value - self.target.value) <= self.target.noise
        )

    def __str__(self) -> str:
        verdict = "as stated" if self.holds else "not as stated"
        return (
            f"{self.score.metric} {self.score.value:.5g}, {verdict}: "
            f"{self.target.value:.5g} ± {self.target.noise:.2g}"
        )


def measure(
    model: GenerativeModel,
    target: Target,
    *,
    path: FilePath | None = None,
    data_dir: FilePath | None = None,
) -> Score:
    """The score of a model by a target's protocol.

    Args:
        model: Any of the zoo, of the data's shape.
        target: What to measure, and how.
        path: Where the data of the target's name lie, where they have to be looked for.
        data_dir: Where tensorflow-datasets keeps its files.

    Raises:
        ValueError: Data that cannot be loaded, or of another shape than the model's; a metric that
            the model does not have.
    """
    if target.metric in MODES:
        return _modes(model, target)
    shape = model.spec.shape
    ruler = Ruler(
        str(path or target.data),
        split=target.split,
        image_size=(shape[0], shape[1]) if model.spec.is_image else None,
        data_dir=data_dir,
        limit=target.limit,
        metrics=[target.metric],
        likelihood=target.method,
        likelihood_options=dict(target.options),
        examples=target.examples,
        pixels=target.pixels,
        samples=target.samples or NUM_SAMPLES,
        seed=target.seed,
    )
    score = ruler.measure(model).scores[target.metric]
    # The data's name, wherever they lie on this machine.
    score = score.with_protocol(data=target.data)
    if "real_hash" in score.protocol:
        return score
    return score.with_protocol(real_hash=str(ImageHash().add(ruler.test)))


def _modes(model, target: Target) -> Score:
    samples = target.samples or NUM_SAMPLES
    if target.data in mode_scores.MIXTURES:
        found = mode_scores.mode_coverage_of(model, target.data, samples, target.seed)
    else:
        found = mode_scores.stacked_modes(model, samples, target.seed)
    if target.metric not in found:
        raise ValueError(f"Expected {' or '.join(found)} of {target.data}; got {target.metric!r}.")
    return found[target.metric]


def compare(recipe: Recipe, scores: Iterable[Score]) -> list[Held]:
    """Scores beside those that a recipe states, in its order."""
    return [Held(target, score) for target, score in zip(recipe.scores, scores, strict=True)]


def same_data(measured: Score, recorded: Score) -> None:
    """Raises ValueError where two scores of one target are of other images, or another network."""
    for entry in IDENTITY:
        was, now = (score.protocol.get(entry) for score in (recorded, measured))
        if was != now:
            what = "images" if entry == "real_hash" else "feature network"
            raise ValueError(
                f"Expected the {what} that {recorded.metric} of {recorded.protocol['data']} was "
                f"measured with, {entry} {was}; got {now}. Give the same data."
            )


def noise_of(*groups: list[Score]) -> float:
    """How far scores scatter: three standard deviations of the group that scatters most, such as
    seeds of sampling, and trainings of several seeds.
    """
    values = [[score.value for score in scores] for scores in groups if len(scores) > 1]
    return DEVIATIONS * max((float(np.std(scores, ddof=1)) for scores in values), default=0.0)


def rounded(value: float, noise: float) -> float:
    """A value to a hundredth of its noise, which is all that it says."""
    if not noise:
        return value
    return round(value, 2 - math.floor(math.log10(noise)))
