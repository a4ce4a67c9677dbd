"""What a recipe says: a model, its data, its training, and the scores to reach."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from keras_genzoo import registry
from keras_genzoo.evaluation import STAGES
from keras_genzoo.models import catalogue
from keras_genzoo.support.names import hint, known

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]

# Scores of data whose modes are known, beside those of a ruler.
MODES = ("modes", "good_share", "kl_nats")
METRICS = (*(m for stage, metrics in STAGES.items() if stage != "cost" for m in metrics), *MODES)
# Which keys of a protocol the metrics of a stage must have, beside those that all have, and which
# they may.
PROTOCOLS: dict[str, tuple[tuple, tuple]] = {
    "likelihood": (("method",), ("options", "examples", "pixels")),
    "samples": (("samples", "extractor"), ("pixels",)),
    "classes": (("samples", "extractor"), ("pixels",)),
    "representation": ((), ("pixels",)),
    "modes": (("samples",), ()),
}
ALL_KEYS = {name for kind in PROTOCOLS.values() for names in kind for name in names}


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_data(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Part(BaseModel):
    """A part of a recipe: unknown keys and values of other types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Data(Part):
    """What a model is trained on: arguments of `zoo.data.load`, where more is said of each."""

    name: str
    """A name that `load` knows, or a path."""
    split: str = "train"
    """What of it is trained on."""
    image_size: Count | None = None
    """Pixels a side that images are resized to."""
    limit: Count | None = None
    """No more examples than this, evenly of all classes."""
    augment: Annotated[list[str], BeforeValidator(_as_list)] = []
    """Random changes of training images, by name."""
    skip_broken: bool = False
    """Leave out picture files that cannot be read."""


class Target(Part):
    """A score to reach, and the protocol that it is measured by."""

    metric: str
    """One of `METRICS`."""
    value: float | None = None
    """What was measured when the preset was made; absent until then."""
    noise: Annotated[float, Field(ge=0)] | None = None
    """How far another training may be from that, in either direction."""
    data: str
    """The data set that it is a score of, which is the one that the recipe trains on."""
    split: str
    """What of it likelihoods are of, and samples are held against."""
    limit: Count | None = None
    """No more examples of that split, evenly of all classes; all of them by default."""
    samples: Count | None = None
    """How many are drawn, for scores of samples."""
    extractor: Literal["digits_fashion"] | None = None
    """The network that looks at them, or reads their classes: the one of the package."""
    method: Literal["exact", "iwae", "elbo", "ais"] | None = None
    """How a likelihood is estimated."""
    options: dict[str, int | float] = {}
    """Of that method, such as {k: 500}."""
    examples: Count | None = None
    """A likelihood is the mean over the first so many; all of them by default."""
    pixels: Literal["256", "binary"] = "256"
    """As they are, or black and white, drawn once with probability pixel / 255."""
    seed: Seed
    """Of samples and estimates."""

    @model_validator(mode="after")
    def _has_its_protocol(self) -> Self:
        known("a metric", self.metric, METRICS)
        needed, possible = protocol_of(self.metric)
        given = [name for name in self.model_fields_set if getattr(self, name) is not None]
        if missing := [name for name in needed if name not in given]:
            raise ValueError(
                f"Expected {' and '.join(missing)} for {self.metric}, whose protocol they are part "
                "of; got none."
            )
        for name in sorted(ALL_KEYS - {*needed, *possible}):
            if name in given:
                raise ValueError(
                    f"Expected the protocol of {self.metric}, to which {name!r} says nothing; got "
                    f"{name}={getattr(self, name)!r}. Leave it out."
                )
        if (self.value is None) != (self.noise is None):
            raise ValueError(
                f"Expected value and noise of {self.metric} together, or neither of them, as "
                f"before a first training; got value={self.value}, noise={self.noise}."
            )
        return self


class Recipe(Part):
    """All that it takes to train a preset again, and to see that it is as good."""

    about: str = ""
    """For the card, in Markdown: what it is, in the first paragraph; where the data are from."""
    model: str
    """A model's name or its class's, or MODULE:CLASS for one of your own."""
    arguments: dict[str, Any] = {}
    """Of its constructor; the shape of the examples comes from the data."""
    data: Annotated[Data, BeforeValidator(_as_data)]
    """What it is trained on; a name alone stands for {name: ...}."""
    compile: dict[str, Any] = {}
    """Arguments of `model.compile`; the paper's without them."""
    epochs: Count | None = None
    """Passes over the data."""
    steps: Count | None = None
    """Training steps instead, rounded up to whole epochs."""
    batch_size: Count | None = None
    """Examples in a batch; by default 64 for each update that a step deals them out to."""
    seed: Seed = 0
    """Of weights, noise, order and augmentation."""
    storage: Literal["float32", "float16"] = "float32"
    """How the preset keeps weights; float16 halves the file, and loads as float32."""
    scores: list[Target] = []
    """What to reach."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not (registry.is_own(self.model) or catalogue.find(self.model)):
            raise ValueError(
                f"Expected model, one of the zoo or MODULE:CLASS; got {self.model!r}. "
                f"{hint(self.model, catalogue.ROWS)}"
            )
        if (self.epochs is None) == (self.steps is None):
            raise ValueError(
                f"Expected either epochs or steps; got epochs={self.epochs}, steps={self.steps}."
            )
        for score in self.scores:
            if score.data != self.data.name:
                raise ValueError(
                    f"Expected scores of {self.data.name!r}, the data that the recipe trains on; "
                    f"got {score.metric} of {score.data!r}. Measure it on the recipe's data."
                )
        metrics = [score.metric for score in self.scores]
        if len(set(metrics)) < len(metrics):
            raise ValueError(f"Expected scores of different metrics; got {', '.join(metrics)}.")
        return self


def protocol_of(metric: str) -> tuple[tuple, tuple]:
    """The keys of its protocol that a metric must have, and those that it may have."""
    stages = {**STAGES, "modes": MODES}
    return next(PROTOCOLS[stage] for stage, metrics in stages.items() if metric in metrics)
