"""Every model of the catalogue in small, with data to match: what the tests that hold for all
models run over.
"""

from dataclasses import dataclass

import keras
import numpy as np
import pytest

from keras_genzoo.models import catalogue
from keras_genzoo.models.catalogue import Small

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), dtype=np.uint8)
CLASSES = np.random.default_rng(2).integers(0, 3, 60).astype("int32")
VECTORS = np.random.default_rng(1).normal(size=(60, 3)).astype("float32")


@dataclass(frozen=True, eq=False)
class Case:
    """A model's class and a small instance of it, of the catalogue or of one's own."""

    cls: type
    small: Small

    @property
    def arguments(self) -> dict:
        return dict(self.small.arguments)

    @property
    def batch_size(self) -> int:
        return self.small.batch_size

    @property
    def is_image(self) -> bool:
        return "num_features" not in self.small.arguments

    @property
    def x(self) -> np.ndarray:
        if not self.is_image:
            return VECTORS
        return np.repeat(PIXELS, self.small.arguments["image_shape"][-1], axis=-1)

    @property
    def labels(self) -> np.ndarray | None:
        """Those of x, None for a model that is not conditional."""
        return CLASSES if "num_classes" in self.small.arguments else None

    def data(self, first: int = 0, end: int | None = None) -> tuple:
        """What `fit` and its kin take: some examples, and their labels for a conditional model."""
        x = self.x[first:end]
        return (x,) if self.labels is None else (x, self.labels[first:end])

    def told(self, n: int) -> dict:
        """The argument `labels` of methods of the first n examples, for a conditional model."""
        return {} if self.labels is None else {"labels": self.labels[:n]}

    def build(self, **more):
        return self.cls(**self.arguments, **more)


def cases_of(row) -> dict[str, Case]:
    """The small instance of a row of the catalogue, and its variants."""
    variants = {f"{row.name}_{name}": small for name, small in row.variants.items()}
    return {name: Case(row.load(), s) for name, s in {row.name: row.small, **variants}.items()}


ALL = {name: case for row in catalogue.ROWS.values() for name, case in cases_of(row).items()}
CASES = {name: case for name, case in ALL.items() if name in catalogue.ROWS}
# Other ways through the same files: on TensorFlow alone, but for the long tests.
VARIANTS = {name: case for name, case in ALL.items() if name not in CASES}
# JAX compiles even single operations: what takes many of them is a long test there.
LIGHT = {
    name: case
    for name, case in ALL.items()
    if keras.backend.backend() != "jax" or not case.small.eagerly
}
# What the engine does, it does for these; the other models show it in the long tests.
MECHANISMS = tuple(row.name for row in catalogue.ROWS.values() if row.mechanism)
# One of each, for what a user is promised of any.
FAMILIES = tuple(catalogue.one_of_each_family())
# The one that costs least, for what differs from model to model by its functions alone.
CHEAPEST = tuple(name for name in MECHANISMS if CASES[name].small.dense)[:1]


def over(cases, *, core=ALL):
    """`cases` as parameters of tests; those of cases not in `core` are long tests."""
    return [
        pytest.param(case, id=name, marks=() if name in core else pytest.mark.long)
        for name, case in cases.items()
    ]
