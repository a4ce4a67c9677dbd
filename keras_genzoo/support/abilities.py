"""What a model can do, to be asked for by `isinstance`, of the zoo's and of anybody's own."""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Samples(Protocol):
    """Draws samples."""

    def sample(self, n: int, *, seed: int | None = None) -> np.ndarray: ...


@runtime_checkable
class SamplesByNumber(Samples, Protocol):
    """Draws each sample by its number, so that the parts of a call make up the whole."""

    def sample(
        self,
        n: int,
        *,
        seed: int | None = None,
        first: int = 0,
        batch_size: int = 256,
        verbose: int | str = "auto",
    ) -> np.ndarray: ...

    def inputs_in_batches(
        self, n: int, seed: int | None, batch_size: int, first: int = 0
    ) -> Iterator[dict[str, np.ndarray]]: ...


@runtime_checkable
class SamplesOfClasses(Protocol):
    """Draws samples of classes that it is told, where `num_classes` is not None."""

    num_classes: int | None

    def sample(
        self, n: int, *, seed: int | None = None, labels: Any | None = None
    ) -> np.ndarray: ...


def num_classes_of(model: Any) -> int | None:
    """How many classes a conditional model samples from; None of another model."""
    return model.num_classes if isinstance(model, SamplesOfClasses) else None


@runtime_checkable
class Decodes(Protocol):
    """Turns codes z (n, latent_dim), which a prior has, into data."""

    latent_dim: int
    prior: Any  # a `probability.priors.Prior`

    def decode(self, z: np.ndarray) -> np.ndarray: ...


@runtime_checkable
class NormalizesBatches(Protocol):
    """A layer that normalizes by statistics of the batch, and keeps moving averages of them."""

    trainable: bool
    momentum: float
    moving_mean: Any  # Keras variables
    moving_variance: Any


@runtime_checkable
class Encodes(Protocol):
    """Turns data into codes (n, latent_dim)."""

    def encode(self, x: np.ndarray) -> np.ndarray: ...


@runtime_checkable
class Reconstructs(Protocol):
    """Gives data back as its codes have them."""

    def reconstruct(self, x: np.ndarray) -> np.ndarray: ...


@runtime_checkable
class HasLikelihood(Protocol):
    """Knows log p(x), a bound or an estimate of it, by one or more methods."""

    def log_likelihood(self, x: np.ndarray, *, method: str | None = None) -> np.ndarray: ...

    def likelihood_methods(self) -> dict: ...


@runtime_checkable
class HasFeatures(Protocol):
    """Has a judge, a discriminator or critic, whose last hidden layer represents data."""

    judge_role: str

    def features(self, x: np.ndarray) -> np.ndarray: ...
