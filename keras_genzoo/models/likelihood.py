"""What models share that maximize a likelihood, or a bound of it."""

import math

import numpy as np

from keras_genzoo.engine import GenerativeModel


class LikelihoodModel(GenerativeModel):
    """A model with `log_likelihood`, in nats per example.

    Images count as what they are, integers: the log-mass of the pixels, or a lower bound of it,
    whatever scaling and dequantization the model works with inside. So the figures of all models
    of one data set can be compared, and bits per dimension are -log_likelihood / (D ln 2).
    """

    def objective(self, x, seed) -> dict:
        """Of a batch: "loss", minus the log-likelihood in nats (batch,), and what else is logged.

        `seed` is a `SeedGenerator`, for models whose objective draws noise.
        """
        raise NotImplementedError

    def test_step(self, data):
        return self.report(**self.objective(self.batch(data), self.noise))

    def report(self, **values):
        nll = values.pop("loss")
        bits_per_dim = nll / (self.spec.size * math.log(2.0))
        return super().report(**{self.nll_name: nll, "bits_per_dim": bits_per_dim}, **values)

    # What "loss" is called in the logs.
    nll_name = "nll"

    def log_prob(self, x, seed=0):
        """Log-likelihood (batch,) of a batch, traceable."""
        return -self.objective(x, self.seeded(seed))["loss"]

    def log_likelihood(self, x, *, seed: int = 0, batch_size: int = 256) -> np.ndarray:
        """Log-likelihood of each example in nats, or a lower bound of it: see the class.

        Args:
            x: Images (n, height, width, channels) in 0..255, or vectors (n, features).
            seed: Of the noise, where the model draws any.
            batch_size: How many are scored at once.

        Returns:
            float32 (n,). For images the log-mass of the integer pixels.
        """
        self.spec.check(x)
        return self.in_batches(self.log_prob, x, batch_size=batch_size, seed=seed)

    def bits_per_dim(self, x, *, seed: int = 0, batch_size: int = 256) -> np.ndarray:
        """-log_likelihood / (D ln 2) of each example, (n,)."""
        nats = self.log_likelihood(x, seed=seed, batch_size=batch_size)
        return -nats / (self.spec.size * math.log(2.0))

    def signatures(self):
        arguments = {"x": self.spec.tensor, "seed": ((), "int64")}
        return {**super().signatures(), "log_likelihood": (self.log_prob, arguments)}
