"""What models share that have a likelihood, or a bound or an estimate of it."""

import inspect
import math

import numpy as np

from keras_genzoo.engine import GenerativeModel
from keras_genzoo.saving import Signature
from keras_genzoo.support.checks import whole_number


class Likelihood:
    """`log_likelihood` in nats per example, by whichever methods a model has.

    Images count as what they are, integers: the log-mass of the pixels, or a lower bound of it,
    whatever scaling and dequantization a model or a method works with inside. So the figures of
    all models of one data set can be compared, and bits per dimension are
    -log_likelihood / (D ln 2). Where a paper prints the density of pixels on [0, 1], that is
    log_likelihood + D ln 256.
    """

    def likelihood_methods(self) -> dict:
        """Name -> function(x, *, seed, batch_size, **its options) -> nats and errors, (n,) each.

        The first is what `log_likelihood` does when no method is named.
        """
        return {}

    def log_likelihood(
        self,
        x,
        *,
        method: str | None = None,
        seed: int = 0,
        batch_size: int = 256,
        return_error: bool = False,
        **options,
    ):
        """Log-likelihood of each example in nats.

        Args:
            x: Images (n, height, width, channels) in 0..255, or vectors (n, features). Where a
                model makes images binary or dequantizes them, that is drawn once, by `seed`, for
                each example: all draws of a method score the same one.
            method: None for the first of these that the model has.
                - "exact" (flows, autoregressive models). For a flow's images the density at the
                  dequantized ones, which bounds their log-mass from below on average.
                - "elbo" (models with an encoder q(z|x)): the mean of log p(x|z) - KL over `k`
                  draws of z (default 1). A lower bound.
                - "iwae" (likewise): log of the mean of p(x, z) / q(z|x) over `k` draws of z
                  (default 5000). A lower bound, the tighter the larger k: Burda et al. (2015),
                  arXiv:1509.00519.
                - "ais" (all with a decoder): `chains`, `distributions`, `leapfrog_steps`,
                  `observation_std` of `metrics.annealed_importance_sampling`. A lower bound on
                  average. With `observation_std`, the model is its decoder plus Gaussian noise of
                  that deviation, on the scale where pixels are in [0, 1]: to compare models by
                  this figure, use the same deviation for all, or the best of each.
            seed: Of all that is drawn.
            batch_size: How many the networks see at once: examples, times draws or chains.
            return_error: Whether to return standard errors too.
            **options: The method's own, above; for "iwae" and "ais" `verbose=1` shows progress.

        Returns:
            nats, float64 (n,); with `return_error`, (nats, error): the standard error of each
            estimate over the method's draws, in nats, 0 for "exact". That says how far another
            seed's figure would be, not how far a bound is below the likelihood.

        Raises:
            ValueError: A method that the model lacks, an option that the method lacks, values out
                of range; an error asked of a single draw.
        """
        self.spec.check(x)
        methods = self.likelihood_methods()
        method = next(iter(methods)) if method is None else method
        if method not in methods:
            raise ValueError(
                f"{type(self).__name__} has the likelihood methods {list(methods)}; got {method!r}."
            )
        options = _checked_options(method, methods[method], options)
        if return_error and options.get("k", options.get("chains")) == 1:
            name = "k" if "k" in options else "chains"
            raise ValueError(
                f"The error of one draw is not known; got {name}=1, expected 2 or more."
            )
        whole_number("batch_size", batch_size)
        whole_number("seed", seed, least=0)
        nats, error = methods[method](x, seed=seed, batch_size=batch_size, **options)
        return (nats, error) if return_error else nats

    def bits_per_dim(self, x, *, return_error: bool = False, **options):
        """-log_likelihood / (D ln 2) of each example, (n,); arguments and errors likewise."""
        nats = self.log_likelihood(x, return_error=return_error, **options)
        nats_per_bit = self.spec.size * math.log(2.0)
        if return_error:
            nats, error = nats
            return -nats / nats_per_bit, error / nats_per_bit
        return -nats / nats_per_bit


def _checked_options(method, function, options) -> dict:
    """All of the method's own options, those not given at their defaults."""
    parameters = inspect.signature(function).parameters
    own = {
        name: parameter.default
        for name, parameter in parameters.items()
        if name not in ("x", "seed", "batch_size")
    }
    unknown = [name for name in options if name not in own]
    if unknown:
        raise ValueError(
            f"The likelihood method {method!r} takes {list(own) or 'no options'}; got "
            f"{', '.join(f'{name}={options[name]!r}' for name in unknown)}."
        )
    return own | options


class LikelihoodModel(Likelihood, GenerativeModel):
    """A model that maximizes its likelihood, or a bound of it.

    Logs: `loss`, which is minimized; minus the log-likelihood in nats under the name `nll_name`,
    and as `bits_per_dim`. Where the loss weighs or adds something, these two do not.
    """

    # What minus the log-likelihood is called in the logs.
    nll_name = "nll"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.track("loss", self.nll_name, "bits_per_dim")

    def objective(self, x, seed, training=False) -> dict:
        """Of a batch, values (batch,): "loss", which is minimized, and what else is logged.

        Where the loss is not minus the log-likelihood in nats, "nll" is. `seed` is a
        `SeedGenerator`, for models whose objective draws noise; `training` goes to the networks.
        """
        raise NotImplementedError

    def nll(self, values: dict):
        """Minus the log-likelihood in nats (batch,), of what `objective` returned."""
        return values.get("nll", values["loss"])

    def test_step(self, data):
        return self.report(**self.objective(self.batch(data), self.test_noise()))

    def report(self, **values):
        nll = self.nll(values)
        likelihood = {self.nll_name: nll, "bits_per_dim": nll / (self.spec.size * math.log(2.0))}
        return super().report(**values | likelihood)

    def log_prob(self, x, seed=0):
        """Log-likelihood (batch,) of a batch, traceable; what is exported."""
        return -self.nll(self.objective(x, self.seeded(seed)))

    def _exact(self, x, *, seed, batch_size):
        nats = self.in_batches(self.log_prob, x, batch_size=batch_size, seed=seed)
        return nats.astype("float64"), np.zeros(len(nats))

    def likelihood_methods(self):
        return {"exact": self._exact, **super().likelihood_methods()}

    def signatures(self):
        inputs = {self.spec.name: self.spec.tensor, "seed": ((), "int64")}
        log_likelihood = Signature(self.log_prob, inputs, output="log_likelihood", draws=True)
        return {**super().signatures(), "log_likelihood": log_likelihood}
