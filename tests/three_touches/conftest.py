"""A sixth model: its file, test and example in `sixth/`, and this row."""

from pathlib import Path

import pytest
from catalogue_checks import added

from keras_genzoo.engine import compiling
from keras_genzoo.models.catalogue import Example, Paper, Quick, Row, Small

SIXTH = Row(
    "tiny_gan",
    "TinyGAN",
    "adversarial",
    Paper(
        "Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio",
        2014,
        "Generative Adversarial Nets",
        "1406.2661",
    ),
    small=Small({"num_features": 3, "latent_dim": 2, "width": 8}, dense=True),
    example=Example(("The model is in",)),
    quick=Quick(steps=50, settings={"width": 16}),
    measured="nothing yet",
)


@pytest.fixture(scope="module", autouse=True)
def sixth():
    """The row of a model that is in the catalogue while these tests run."""
    with added(SIXTH, Path(__file__).parent / "sixth") as row:
        yield row


@pytest.fixture(autouse=True)
def no_xla(monkeypatch):
    """It takes longer to compile than these models take to train."""
    monkeypatch.setattr(compiling, "use_xla", lambda *_: False)
