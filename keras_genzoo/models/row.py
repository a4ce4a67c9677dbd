"""What a row of the catalogue says of a model. Keras is not needed to read it."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_genzoo.support.names import hint

# Each family has a folder in `keras_genzoo/models`, whose base class names the family.
FOLDERS = {
    "adversarial": "gan",
    "autoencoder": "autoencoder",
    "flow": "flow",
    "autoregressive": "autoregressive",
}


@dataclass(frozen=True)
class Paper:
    """Where a model is from.

    Args:
        authors: Their surnames: "A", "A and B", or "A, B and C".
        year: Of the first version.
        title: As printed.
        arxiv: Its number there, None for a paper that is not there.
    """

    authors: str
    year: int
    title: str
    arxiv: str | None = None

    def __str__(self):
        number = f", arXiv:{self.arxiv}" if self.arxiv else ""
        return f"{self.authors} ({self.year}), {self.title}{number}"

    @property
    def short(self) -> str:
        """For a table: the first of three or more authors, the year, and a link or the title."""
        names = self.authors.replace(" and ", ", ").split(", ")
        who = f"{names[0]} et al." if len(names) > 2 else self.authors
        where = f"[{self.arxiv}](https://arxiv.org/abs/{self.arxiv})" if self.arxiv else self.title
        return f"{who}, {self.year}, {where}"


@dataclass(frozen=True)
class Quick:
    """How `compare` trains a model: a few minutes on two processor cores.

    The networks are small and the steps few beside the papers': what is compared are families at
    work on the same data and machine, not records.

    Args:
        steps: Training steps, whatever the data's size.
        settings: Arguments of the constructor beside the examples' shape.
        of_images: More of them, where the examples are images.
        of_pixels: More of them, by what pixels of images are: "256" values or "binary". All
            models in a comparison shall score the same pixels.
        batch_size: Examples in a batch, of which each of a GAN's critic steps gets as many.
    """

    steps: int = 3000
    settings: Mapping[str, Any] = field(default_factory=dict)
    of_images: Mapping[str, Any] = field(default_factory=dict)
    of_pixels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    batch_size: int = 64

    def arguments(self, pixels: str | None) -> dict[str, Any]:
        """The constructor's arguments; `pixels` is None where the examples are vectors."""
        if pixels is None:
            return dict(self.settings)
        return {**self.settings, **self.of_images, **self.of_pixels.get(pixels, {})}


@dataclass(frozen=True)
class Small:
    """A small instance of a model, and what the tests that hold for all models must know of it.

    Its tests should take 8 s of TensorFlow's, 10 s of JAX's and 2 s of PyTorch's, as the last
    lines of pytest's output say: images of 8x8 pixels and widths of 8 do.

    Args:
        arguments: The constructor's.
        still: Trainable variables that no gradient moves, as (network, index).
        dense: Whether it has no convolutions, so that XLA compiles it on a CPU.
        eagerly: Whether its steps, of many operations, take longer to compile than to run: tests
            run them uncompiled on TensorFlow and PyTorch, and on JAX the long ones alone.
        batch_size: Of its training, on 60 examples.
        epochs: Of its training.
    """

    arguments: Mapping[str, Any]
    still: tuple[tuple[str, int], ...] = ()
    dense: bool = False
    eagerly: bool = False
    batch_size: int = 20
    epochs: int = 2


@dataclass(frozen=True)
class Example:
    """What `examples/<name>.py` does, beside writing samples, checkpoints and a preset.

    Args:
        prints: What its output holds.
        arguments: What a short run of it needs beside few epochs and little data.
        writes: More files in its folder.
        tells_a_story: Whether it shows what no other example does. Those of the other models run
            in the long tests alone.
    """

    prints: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    tells_a_story: bool = False


@dataclass(frozen=True)
class Row:
    """A model.

    Args:
        name: Of its module, and on the command line.
        class_name: Of its class, a public name of `keras_genzoo`.
        family: One of `FOLDERS`.
        paper: Where it is from; the module's docstring says the same.
        small: A small instance for tests.
        variants: Further ones by name, which go other ways through the same file. They are
            tested on TensorFlow, and elsewhere by the long tests.
        example: What the model's example does, None for a model that has none.
        quick: How `compare` trains it.
        stands_for_family: Whether `compare` takes it where no models are named; one of a family.
        mechanism: What of the engine it is the one to show; empty for models that show that
            again, in the long tests.
        measured: The README's figures, which end in the number of the command that made them.
    """

    name: str
    class_name: str
    family: str
    paper: Paper
    small: Small
    example: Example | None = None
    variants: Mapping[str, Small] = field(default_factory=dict)
    quick: Quick = Quick()
    stands_for_family: bool = False
    mechanism: str = ""
    measured: str = ""

    def __post_init__(self):
        if self.family not in FOLDERS:
            raise ValueError(
                f"Expected a family with a folder for the model {self.name!r}; got "
                f"{self.family!r}. {hint(self.family, FOLDERS)}"
            )

    @property
    def module(self) -> str:
        """Where its class is."""
        return f"{__package__}.{FOLDERS[self.family]}.{self.name}"

    def load(self) -> type:
        """Its class, imported now.

        Raises:
            ImportError: The row has no file, or the file no such class.
        """
        try:
            return getattr(importlib.import_module(self.module), self.class_name)
        except (ModuleNotFoundError, AttributeError) as error:
            if isinstance(error, ModuleNotFoundError) and error.name != self.module:
                raise  # what the file itself imports
            raise ImportError(
                f"Expected a class {self.class_name} in {self.module.replace('.', '/')}.py, as "
                f"the row {self.name!r} of {__package__}.catalogue says; there is none. Write it, "
                "or take the row out."
            ) from error
