"""Likelihoods of models with an encoder q(z | x), by draws of it: ELBO and IWAE."""

import functools
import math
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import backends
from keras_genzoo.likelihood.log_mean_exp import RunningLogMeanExp, RunningMean
from keras_genzoo.probability.densities import kl_from_standard_normal
from keras_genzoo.probability.priors import Normal
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.types import Tensor


def elbo(
    model: Any, x: np.ndarray, *labels: np.ndarray, k: int = 1, seed: int, batch_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of log p(x | z) - KL(q(z | x) || p(z)) over k draws of z: a lower bound.

    Args:
        model: Has an `observation`, `decoded(z, training=...)`, and `posterior(y, training=...)`:
            mean and log_var of a Gaussian q(z | y), (batch, latent_dim) each; and a `prior`. Of
            N(0, 1) the divergence is in closed form, of another it is estimated by the same draws.
        x: Examples (n, *shape), checked.
        *labels: Of a conditional model, (n,), which `decoded` and `posterior` take second.
        k: Draws of z for each example.
        seed: Of all that is drawn.
        batch_size: Draws of z that the decoder sees at once.

    Returns:
        nats and their standard errors over the draws, float64 (n,) each.
    """
    terms = elbo_terms if isinstance(model.prior, Normal) else log_weights
    return _over_draws(model, (x, *labels), terms, RunningMean, k, seed, batch_size, verbose=0)


def iwae(
    model: Any,
    x: np.ndarray,
    *labels: np.ndarray,
    k: int = 5000,
    seed: int,
    batch_size: int,
    verbose: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """log of the mean of p(x, z) / q(z | x) over k draws of z: a lower bound, the tighter the
    larger k. Burda, Grosse and Salakhutdinov (2015), arXiv:1509.00519.

    Arguments and returns are those of `elbo`; `verbose=1` shows a progress bar.
    """
    data = (x, *labels)
    return _over_draws(model, data, log_weights, RunningLogMeanExp, k, seed, batch_size, verbose)


def elbo_terms(
    model: Any,
    y: Tensor,
    seed: Tensor | SeedGenerator,
    k: int,
    training: bool = False,
    labels: Tensor | None = None,
) -> Tensor:
    """log p(y | z) - KL(q(z | y) || N(0, 1)) of k draws z for each y (n, *shape): (n, k).

    Traceable; a model may train on them, with `training` for its networks.
    """
    log_prob, (mean, log_var), _, _ = _draws(model, y, labels, seed, k, training)
    return log_prob - kl_from_standard_normal(mean, log_var)[:, None]


def log_weights(
    model: Any,
    y: Tensor,
    seed: Tensor | SeedGenerator,
    k: int,
    training: bool = False,
    labels: Tensor | None = None,
) -> Tensor:
    """log p(y, z) / q(z | y) of k draws z for each y (n, *shape): (n, k); as `elbo_terms`."""
    log_prob, (_, log_var), z, noise = _draws(model, y, labels, seed, k, training)
    flat = ops.reshape(z, (-1, model.latent_dim))
    log_prior = ops.reshape(model.prior.log_prob(flat), (-1, k))
    # log q(z | y): the noise's density, and how much wider q is.
    log_q = -0.5 * ops.sum(math.log(2 * math.pi) + noise**2 + log_var[:, None], axis=-1)
    return log_prob + log_prior - log_q


def _draws(model, y, labels, seed, k, training):
    """log p(y | z) of k draws z, (n, k); mean and log_var of q, (n, latent_dim); the draws and
    their noise, (n, k, latent_dim).
    """
    data = (y,) if labels is None else (y, labels)
    mean, log_var = model.posterior(*data, training=training)
    y, *told = (ops.repeat(of_data, k, axis=0) for of_data in data)
    shape = (ops.shape(mean)[0], k, model.latent_dim)
    noise = backends.normal(shape, model.seeded(seed))
    z = mean[:, None] + ops.exp(0.5 * log_var)[:, None] * noise
    flat = ops.reshape(z, (-1, model.latent_dim))
    output = model.decoded(flat, *told, training=training)
    log_prob = model.observation.log_prob(y, output)
    return ops.reshape(log_prob, (-1, k)), (mean, log_var), z, noise


def _terms_of(terms, model, y, seed, labels=None, *, k):
    return terms(model, y, seed, k, labels=labels)


def _over_draws(model, data, terms, mean, k, seed, batch_size, verbose):
    """The mean of k draws' terms, and its error, (n,) each; of x, or x and labels."""
    x, *labels = data
    whole_number("k", k)
    rng = np.random.default_rng(seed)
    seeds = model.seeded(int(rng.integers(2**31)))
    chunk = min(k, batch_size)
    chunks = [min(chunk, k - i) for i in range(0, k, chunk)]
    group = max(1, batch_size // chunk)
    progress = keras.utils.Progbar(math.ceil(len(x) / group) * len(chunks), verbose=verbose)
    results = []
    for i in range(0, len(x), group):
        y = model.observation.observed(ops.convert_to_tensor(x[i : i + group]), seeds)
        told = [ops.convert_to_tensor(of_class[i : i + group]) for of_class in labels]
        of_group = mean()
        for draws in chunks:
            step_seed = ops.convert_to_tensor(np.int32(rng.integers(2**31)))
            function = functools.partial(_terms_of, terms, model, k=draws)
            run = model.kept((terms, draws), lambda f=function: backends.compiled(f, model))
            of_group.update(ops.convert_to_numpy(run(y, step_seed, *told)))
            progress.add(1)
        results.append(of_group.result())
    nats, errors = zip(*results, strict=True)
    return np.concatenate(nats), np.concatenate(errors)
