"""What models share that have a likelihood, or a bound or an estimate of it."""

import inspect
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.engine import DataSpec
from keras_genzoo.support.checks import whole_number

if TYPE_CHECKING:
    from keras_genzoo.engine import GenerativeModel as Model  # of which this is a part
else:
    Model = object


class Likelihood(Model):
    """`log_likelihood` in nats per example, by whichever methods a model has.

    Images count as what they are, integers: the log-mass of the pixels, or a lower bound of it,
    whatever scaling and dequantization a model or a method works with inside. So the figures of
    all models of one data set can be compared, and bits per dimension are
    -log_likelihood / (D ln 2). Where a paper prints the density of pixels on [0, 1], that is
    log_likelihood + D ln 256.
    """

    spec: DataSpec  # which the model sets

    def likelihood_methods(self) -> dict:
        """Name -> function(x, *, seed, batch_size, **its options) -> nats and errors, (n,) each.

        Those of a conditional model take labels (n,), int32, after x.

        The first is what `log_likelihood` does when no method is named.
        """
        raise NotImplementedError

    def log_likelihood(
        self,
        x: np.ndarray,
        labels: ArrayLike | None = None,
        *,
        method: str | None = None,
        seed: int = 0,
        batch_size: int = 256,
        return_error: bool = False,
        **options,
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Log-likelihood of each example in nats.

        Args:
            x: Images (n, height, width, channels) in 0..255, or vectors (n, features). Where a
                model makes images binary or dequantizes them, that is drawn once, by `seed`, for
                each example: all draws of a method score the same one.
            labels: Conditional models: the class of all examples, or of each of them. The
                likelihood is that of x given its label.
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
            NotImplementedError: A model without any method.
            ValueError: A method that the model lacks, an option that the method lacks, values out
                of range; an error asked of a single draw; labels that are missing, that do not
                exist, or that have no use here.
        """
        self.spec.check(x)
        conditions = self.conditions(labels, len(x))
        methods = self.likelihood_methods()
        if not methods:
            raise NotImplementedError(
                f"Expected a model with a likelihood, or an estimate of it; {type(self).__name__} "
                "has none. Measure its samples instead, by metrics.frechet_distance for one."
            )
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
        nats, error = methods[method](x, *conditions, seed=seed, batch_size=batch_size, **options)
        return (nats, error) if return_error else nats

    def bits_per_dim(
        self,
        x: np.ndarray,
        labels: ArrayLike | None = None,
        *,
        return_error: bool = False,
        **options,
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """-log_likelihood / (D ln 2) of each example, (n,); arguments and errors likewise."""
        found = self.log_likelihood(x, labels, return_error=return_error, **options)
        nats_per_bit = self.spec.size * math.log(2.0)
        if isinstance(found, tuple):
            nats, error = found
            return -nats / nats_per_bit, error / nats_per_bit
        return -found / nats_per_bit


def _checked_options(method, function, options) -> dict:
    """All of the method's own options, those not given at their defaults."""
    parameters = inspect.signature(function).parameters
    own = {
        name: parameter.default
        for name, parameter in parameters.items()
        if name not in ("x", "labels", "seed", "batch_size")
    }
    unknown = [name for name in options if name not in own]
    if unknown:
        raise ValueError(
            f"The likelihood method {method!r} takes {list(own) or 'no options'}; got "
            f"{', '.join(f'{name}={options[name]!r}' for name in unknown)}."
        )
    return own | options
