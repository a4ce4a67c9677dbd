"""A model trained by its recipe: the run that `train` and `reproduce` have in common."""

import inspect
import math
from dataclasses import dataclass
from pathlib import Path

import keras

from keras_genzoo import data as zoo_data
from keras_genzoo import registry
from keras_genzoo.callbacks import ResumeTraining, SampleGrid
from keras_genzoo.data import Batches
from keras_genzoo.engine import GenerativeModel, arguments
from keras_genzoo.recipes.recipe import Recipe
from keras_genzoo.support.names import hint
from keras_genzoo.support.types import FilePath

# Examples in a batch, of each update that a training step deals a batch out to.
BATCH_SIZE = 64


class Unfit(ValueError):
    """A recipe that no model can be made of.

    Args:
        key: Of the recipe, that is at fault.
        message: Why.
    """

    def __init__(self, key: str, message: str):
        super().__init__(message)
        self.key = key


@dataclass
class Run:
    """A training that is about to begin, or to go on.

    Args:
        recipe: What it follows.
        model: Compiled, and not trained yet.
        batches: What it is trained on.
    """

    recipe: Recipe
    model: GenerativeModel
    batches: Batches

    @property
    def epochs(self) -> int:
        """Passes over the data."""
        return self.recipe.epochs or math.ceil((self.recipe.steps or 0) / len(self.batches))

    def __str__(self) -> str:
        return (
            f"{type(self.model).__name__} with {self.model.count_params():,} parameters on "
            f"{self.batches.num_examples:,} examples of {self.recipe.data.name} "
            f"{self.batches.x.shape[1:]}, {len(self.batches)} batches an epoch."
        )

    def train(
        self, out: FilePath, *, grid_every: int = 1, accept: str | tuple = ()
    ) -> ResumeTraining:
        """Trains, or goes on where an interrupted run in the folder stopped.

        Args:
            out: Gets checkpoints, log.csv, and pictures of samples.
            grid_every: Epochs between pictures.
            accept: What may differ from the run that is in the folder, see `ResumeTraining`.

        Returns:
            What it was resumed by.
        """
        resume = ResumeTraining(out, accept=accept)
        Path(out).mkdir(parents=True, exist_ok=True)
        grid = [SampleGrid(out, every=grid_every)] if self.model.can_sample else []
        log = keras.callbacks.CSVLogger(Path(out) / "log.csv", append=True)
        self.model.fit(self.batches, epochs=self.epochs, callbacks=[*grid, log, resume])
        return resume


def prepare(
    recipe: Recipe, *, path: FilePath | None = None, data_dir: FilePath | None = None
) -> Run:
    """Loads the data, and builds and compiles the model.

    Args:
        recipe: What to train.
        path: Where the data of the recipe's name lie, where they have to be looked for.
        data_dir: Where tensorflow-datasets keeps its files.

    Raises:
        Unfit: Arguments that the model or its `compile` does not take, data that it is not for.
        ValueError: Data that cannot be loaded.
    """
    cls = registry.model_class(recipe.model)
    _check_names(cls, recipe)
    keras.utils.set_random_seed(recipe.seed)
    data, is_conditional = recipe.data, _is_conditional(cls, recipe)
    examples = zoo_data.load(
        path or data.name,
        data.split,
        labels=is_conditional,
        image_size=data.image_size,
        limit=data.limit,
        data_dir=data_dir,
        skip_broken=data.skip_broken,
    )
    given = _with_shape(cls, recipe, examples)
    if examples.y is not None:
        given = {"num_classes": int(examples.y.max()) + 1, **given}
    model = cls(**given)
    batches = Batches(
        examples.x,
        examples.y,
        # A batch holds the examples of all updates of a step.
        batch_size=recipe.batch_size or BATCH_SIZE * model.batches_per_step,
        seed=recipe.seed,
        augment=data.augment or None,
        name=f"{data.name}/{data.split}",
    )
    model.compile(**recipe.compile)
    return Run(recipe, model, batches)


def _check_names(cls: type, recipe: Recipe) -> None:
    for key, given, known, what in (
        ("arguments", recipe.arguments, _arguments(cls), f"an argument of {cls.__name__}"),
        ("compile", recipe.compile, _of_compile(cls), f"an argument of {cls.__name__}.compile"),
    ):
        for name in given:
            if name not in known:
                raise Unfit(key, f"Expected {what}; got {name!r}. {hint(name, known)}")


def _arguments(cls: type) -> list[str]:
    return [*arguments.of_constructor(cls), "name", "dtype"]


def _of_compile(cls: type) -> list[str]:
    """The names of `compile`'s arguments, and of those of its bases that it hands on."""
    names: list[str] = []
    for method in (vars(base)["compile"] for base in cls.__mro__ if "compile" in vars(base)):
        parameters = inspect.signature(method).parameters.values()
        names += [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return [name for name in dict.fromkeys(names) if name != "self"]


def _is_conditional(cls: type, recipe: Recipe) -> bool:
    """Whether the model learns from labels: its class always does, or the recipe says so."""
    asked = "num_classes" in recipe.arguments
    parameters = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    default = parameters["num_classes"].default if "num_classes" in parameters else None
    return (recipe.arguments["num_classes"] if asked else default) is not None


def _with_shape(cls: type, recipe: Recipe, examples: Batches) -> dict:
    """The constructor's arguments, with the example's shape from the data where none is given."""
    shapes, known = set(arguments.SHAPES), set(_arguments(cls))
    if not shapes & known or shapes & set(recipe.arguments):
        return recipe.arguments
    shape = examples.x.shape[1:]
    key, value = ("image_shape", shape) if len(shape) == 3 else ("num_features", shape[0])
    if key not in known:
        kind = "images" if "image_shape" in known else "vectors"
        raise Unfit(
            "data",
            f"{cls.__name__} models {kind}; {examples.name} has examples of shape {shape}.",
        )
    return {key: value, **recipe.arguments}
