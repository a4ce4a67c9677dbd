"""The list of all models, and of what others must know of each. Nothing else lists them.

The registry, `keras_genzoo`'s public names, `keras-genzoo list`, the quick settings of `compare`,
the tests that hold for all models, those of the examples, and the README's table read this list.
Keras is not needed for that: a model's class is imported when it is asked for.

After a change, `python -m keras_genzoo.models` writes what is made from the list anew.
"""

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
        batch_size: Of its training, on 60 examples.
        epochs: Of its training.
    """

    arguments: Mapping[str, Any]
    still: tuple[tuple[str, int], ...] = ()
    dense: bool = False
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
                f"the row {self.name!r} of {__name__} says; there is none. Write it, or take the "
                "row out."
            ) from error


IMAGE, COLOR, VECTOR = {"image_shape": (8, 8, 1)}, {"image_shape": (8, 8, 3)}, {"num_features": 3}
SMALL_GAN = {"latent_dim": 6, "width": 8}
SMALL_CRITIC = {**SMALL_GAN, "critic_steps": 2}
# f(x) - f(G(z)) does not depend on the critic's last bias.
WASSERSTEIN_STILL = (("critic", -1),)
SMALL_DENSE = {"latent_dim": 4, "hidden_units": (16, 8)}

_MODELS = (
    Row(
        "gan",
        "GAN",
        "adversarial",
        Paper(
            "Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio",
            2014,
            "Generative Adversarial Networks",
            "1406.2661",
        ),
        small=Small(IMAGE | SMALL_DENSE, dense=True),
        variants={
            "vectors": Small(
                VECTOR | SMALL_DENSE | {"discriminator_steps": 2, "prior": "uniform"}, dense=True
            ),
            "dropout": Small(IMAGE | SMALL_DENSE | {"dropout": 0.5}, dense=True),
        },
        example=Example(("discriminator_loss", "generator_loss")),
        quick=Quick(5000, {"latent_dim": 8, "hidden_units": (256, 256)}),
        measured="MNIST: Fréchet distance by the shipped network 2.32 [1]",
    ),
    Row(
        "dcgan",
        "DCGAN",
        "adversarial",
        Paper(
            "Radford, Metz and Chintala",
            2015,
            "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial "
            "Networks",
            "1511.06434",
        ),
        small=Small(IMAGE | SMALL_GAN),
        example=Example(("discriminator_loss", "generator_loss"), tells_a_story=True),
        quick=Quick(2800, {"latent_dim": 8}, of_images={"width": 32}),
        stands_for_family=True,
        mechanism="two networks, and batch norm",
        measured="Fréchet distance by the shipped network: digits 1.42 [6], MNIST 1.69 [1]",
    ),
    Row(
        "cgan",
        "CGAN",
        "adversarial",
        Paper("Mirza and Osindero", 2014, "Conditional Generative Adversarial Nets", "1411.1784"),
        small=Small(
            IMAGE | SMALL_GAN | {"num_classes": 3, "architecture": "dcgan"},
        ),
        variants={"dense": Small(IMAGE | SMALL_GAN | {"num_classes": 3}, dense=True)},
        quick=Quick(2800, {"latent_dim": 8}, of_images={"width": 32, "architecture": "dcgan"}),
        mechanism="labels",
        measured="MNIST: a classifier reads 96.8 % of 2,000 samples as the class that was asked "
        "for, Fréchet distance 0.186 [1]",
    ),
    Row(
        "wgan_gp",
        "WGANGP",
        "adversarial",
        Paper(
            "Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville",
            2017,
            "Improved Training of Wasserstein GANs",
            "1704.00028",
        ),
        small=Small(IMAGE | SMALL_CRITIC, still=WASSERSTEIN_STILL),
        variants={"vectors": Small(VECTOR | SMALL_CRITIC, still=WASSERSTEIN_STILL, dense=True)},
        example=Example(
            ("of 8 modes", "within 3 sigma"), arguments=("--limit", "320"), tells_a_story=True
        ),
        quick=Quick(1000, {"latent_dim": 8}, of_images={"width": 32}),
        mechanism="several steps of one network, and a gradient by the input",
        measured="ring of 8 Gaussians: 8 modes found, 97.0 % of 10,000 samples within 3 sigma of "
        "one; grid of 25: 25 modes, 88.0 % [2]",
    ),
    Row(
        "vae",
        "VAE",
        "autoencoder",
        Paper("Kingma and Welling", 2013, "Auto-Encoding Variational Bayes", "1312.6114"),
        small=Small(IMAGE | {"latent_dim": 4, "hidden_units": (16,)}, dense=True),
        variants={
            "vectors": Small(VECTOR | {"latent_dim": 2, "hidden_units": (16,)}, dense=True),
            "gaussian": Small(COLOR | {"latent_dim": 4, "likelihood": "gaussian"}, dense=True),
        },
        example=Example(
            ("Test ELBO", "nats", "bits per pixel"),
            writes=("reconstructions.png",),
            tells_a_story=True,
        ),
        quick=Quick(
            6000,
            of_pixels={"256": {"likelihood": "gaussian"}, "binary": {"likelihood": "bernoulli"}},
        ),
        stands_for_family=True,
        mechanism="a dense network, which XLA compiles, and noise in its objective",
        measured="MNIST, dynamically binarized: test ELBO -99.17 nats, 0.1825 bits/dim, Fréchet "
        "distance 3.28 [1]; after 10 epochs -104.49 nats [3]",
    ),
    Row(
        "nice",
        "NICE",
        "flow",
        Paper(
            "Dinh, Krueger and Bengio",
            2014,
            "Non-linear Independent Components Estimation",
            "1410.8516",
        ),
        small=Small(IMAGE | {"hidden_units": 16, "hidden_layers": 2}, dense=True),
        variants={"vectors": Small(VECTOR | {"hidden_units": 16, "num_couplings": 3}, dense=True)},
        example=Example(("nats", "bits per dimension", "paper's convention"), tells_a_story=True),
        quick=Quick(3000, {"hidden_units": 500, "hidden_layers": 3}),
        stands_for_family=True,
        measured="MNIST, dequantized, 10 epochs: test 924.43 nats as a density on [0, 1], 6.2989 "
        "bits/dim [4]; the paper's 1,500 epochs reach 1980.50",
    ),
    Row(
        "pixel_cnn",
        "PixelCNN",
        "autoregressive",
        Paper(
            "van den Oord, Kalchbrenner and Kavukcuoglu",
            2016,
            "Pixel Recurrent Neural Networks",
            "1601.06759",
        ),
        small=Small(IMAGE | {"levels": 4, "num_blocks": 1, "width": 8}),
        variants={"color": Small(COLOR | {"levels": 2, "num_blocks": 1, "width": 9})},
        example=Example(
            ("nats", "bits per pixel"),
            arguments=("--blocks", "1", "--width", "4"),
            tells_a_story=True,
        ),
        # The paper's batch of 16: its time goes with the images, and many small steps learn more.
        quick=Quick(
            5000,
            {"num_blocks": 5},
            of_images={"width": 24},
            of_pixels={"256": {"levels": 256}, "binary": {"levels": 2}},
            batch_size=16,
        ),
        stands_for_family=True,
        mechanism="a sampler that loops over pixels",
        measured="digits at 28x28, dynamically binarized, 10 epochs: test -261.13 nats, 0.4805 "
        "bits/dim [5]",
    ),
)

ROWS: dict[str, Row] = {row.name: row for row in _MODELS}


def find(name: str) -> Row | None:
    """The row of a model's name or of its class's."""
    return next((row for row in ROWS.values() if name in (row.name, row.class_name)), None)


def one_of_each_family() -> list[str]:
    """The names of the models that stand for their families."""
    return [row.name for row in ROWS.values() if row.stands_for_family]
