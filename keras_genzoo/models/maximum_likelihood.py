"""Training by maximum likelihood, or a bound of it: autoencoders, flows, autoregressive models."""

import math
from typing import Any

import numpy as np
from keras.random import SeedGenerator

from keras_genzoo.engine import GenerativeModel
from keras_genzoo.likelihood.likelihood import Likelihood
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.types import Tensor


class MaximumLikelihood(Likelihood, GenerativeModel):
    """A model that maximizes its likelihood, or a bound of it: the family's base defines how.

    Logs: `loss`, which is minimized; minus the log-likelihood in nats under the name `nll_name`,
    and as `bits_per_dim`. Where the loss weighs or adds something, these two do not.
    """

    of_augmented_data = (
        "the model learns examples changed like that, and its likelihood and bits per dimension "
        "are of them, not of the data."
    )
    # What minus the log-likelihood is called in the logs.
    nll_name = "nll"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.track("loss", self.nll_name, "bits_per_dim")

    def objective(self, x: Any, seed: SeedGenerator, training: bool = False) -> dict:
        """Of a batch x, values (batch,): "loss", which is minimized, and what else is logged.

        In a conditional model the batch is a pair (x, labels).

        Where the loss is not minus the log-likelihood in nats, "nll" is. `seed` is a
        `SeedGenerator`, for models whose objective draws noise; `training` goes to the networks.
        """
        raise NotImplementedError

    def nll(self, values: dict) -> Tensor:
        """Minus the log-likelihood in nats (batch,), of what `objective` returned."""
        return values.get("nll", values["loss"])

    def train_step(self, data):
        x, names = self.batch(data), list(self.networks())
        if len(names) != 1:
            raise ValueError(
                f"Expected one network of {type(self).__name__}, which its objective trains; got "
                f"{names}. Put their variables together, or write train_step."
            )
        network = names[0]
        values = self.minimize(network, lambda x: self.objective(x, self.noise, training=True), x)
        self.update_average()
        return self.report(**values)

    def test_step(self, data):
        return self.report(**self.objective(self.batch(data), self.test_noise()))

    def report(self, **values) -> dict[str, Tensor]:
        nll = self.nll(values)
        likelihood = {self.nll_name: nll, "bits_per_dim": nll / (self.spec.size * math.log(2.0))}
        parts = {name: value for name, value in values.items() if name != "nll"}
        return super().report(**parts | likelihood)

    def log_prob(self, x: Any, seed: int | Tensor | SeedGenerator = 0) -> Tensor:
        """Log-likelihood (batch,) of a batch x, traceable; in a conditional model of a pair
        (x, labels).
        """
        return -self.nll(self.objective(x, self.seeded(seed)))

    def _log_prob_of(self, x: Tensor, *labels_and_seed: Tensor) -> Tensor:
        """`log_prob` of its arguments one by one, as it is exported."""
        *labels, seed = labels_and_seed
        return self.log_prob((x, *labels) if labels else x, seed)

    def exact(
        self, x: np.ndarray, *labels: np.ndarray, seed: int, batch_size: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The likelihood method "exact", of models whose objective it is."""
        nats = self.in_batches(self._log_prob_of, x, *labels, batch_size=batch_size, seed=seed)
        return nats.astype("float64"), np.zeros(len(nats))

    def log_likelihood_signature(self) -> Signature:
        inputs = {
            self.spec.name: self.spec.tensor,
            **self.label_inputs(),
            "seed": ((), "int64"),
        }
        ranges = self.label_ranges()
        return Signature(self._log_prob_of, inputs, "log_likelihood", draws=True, ranges=ranges)
