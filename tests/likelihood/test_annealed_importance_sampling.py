"""Annealed importance sampling against closed forms, quadrature, and its own error bars."""

import math

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import logsumexp
from scipy.stats import kstest, logistic, multivariate_normal, norm

import keras_genzoo as zoo
from keras_genzoo import backends
from keras_genzoo.likelihood.annealed_importance_sampling import (
    Annealing,
    bounds_of_simulated,
    inverse_temperatures,
)
from keras_genzoo.likelihood.hamiltonian import hamiltonian_step
from keras_genzoo.likelihood.log_mean_exp import RunningLogMeanExp, RunningMean
from keras_genzoo.metrics import annealed_importance_sampling, bidirectional_gap
from keras_genzoo.probability.priors import Logistic, Normal, Uniform

STD = 0.3


def linear_gan(latent_dim=3, num_features=6, prior=None):
    """A generator z W + b, with W and b."""
    rng = np.random.default_rng(0)
    w, b = rng.normal(size=(latent_dim, num_features)), rng.normal(size=num_features)
    dense = keras.layers.Dense(num_features)
    model = zoo.WGANGP(
        num_features=num_features,
        latent_dim=latent_dim,
        generator=keras.Sequential([keras.Input((latent_dim,)), dense]),
        width=4,
    )
    dense.set_weights([w, b])
    model.prior = prior or Normal()
    return model, w, b


def gaussian_of(w, b):
    return multivariate_normal(b, w.T @ w + STD**2 * np.eye(len(b)))


@pytest.fixture(scope="module")
def linear():
    """A linear GAN, examples of it, their log p(x)."""
    model, w, b = linear_gan()
    gaussian = gaussian_of(w, b)
    x = gaussian.rvs(12, random_state=1).astype("float32")
    return model, x, gaussian.logpdf(x)


def test_agrees_with_the_closed_form_within_its_own_errors(linear):
    model, x, want = linear
    nats, error = annealed_importance_sampling(
        model, x, observation_std=STD, chains=100, distributions=150, batch_size=2000
    )
    assert nats.shape == error.shape == (12,)
    assert error.min() > 0 and error.mean() < 0.25
    assert (np.abs(nats - want) < 3.5 * error).all()
    # And without a drift: all of the 1200 chains together.
    assert np.mean(nats - want) == pytest.approx(0, abs=4 * np.mean(error) / 12**0.5)
    # The errors are neither boasted nor absurd: they are the scatter of the estimates.
    assert 0.4 < np.std((nats - want) / error) < 2.0


def test_more_distributions_come_closer(linear):
    model, x, want = linear
    off = [
        np.abs(
            annealed_importance_sampling(
                model, x, observation_std=STD, chains=8, distributions=t, leapfrog_steps=5
            )[0]
            - want
        ).mean()
        for t in (2, 20, 200)
    ]
    assert off[0] > 3 * off[1] > 6 * off[2]


@pytest.mark.parametrize("prior", [Uniform(-1.0, 1.0), Uniform(), Logistic()])
def test_every_prior_agrees_with_quadrature(prior):
    model, w, b = linear_gan(latent_dim=1, num_features=2, prior=prior)
    x = model.sample(6, seed=0)
    z, log_prior = {
        Uniform(): (np.linspace(0, 1, 20001), np.zeros(20001)),
        Uniform(-1.0, 1.0): (np.linspace(-1, 1, 20001), np.full(20001, -math.log(2))),
        Logistic(): (t := np.linspace(-30, 30, 60001), logistic.logpdf(t)),
    }[prior]
    log_given = norm.logpdf(x[:, None], z[:, None] * w + b, STD).sum(-1)
    want = logsumexp(log_given + log_prior, axis=1) + math.log(z[1] - z[0])
    nats, error = annealed_importance_sampling(
        model, x, observation_std=STD, chains=64, distributions=60, batch_size=500
    )
    assert (error < 0.2).all()
    assert (np.abs(nats - want) < 4 * error).all()


def test_the_bounds_of_simulated_data_hold_the_closed_form():
    model, w, b = linear_gan()
    x, lower, upper = bounds_of_simulated(Annealing(model, STD, 10), 24, 16, 100, 0, 500, 0)
    want = gaussian_of(w, b).logpdf(x)
    gap = upper - lower
    assert 0 < gap.mean() < 2.0
    assert gap.mean() > 2 * gap.std() / 24**0.5  # bounds apart, not the same figure twice
    for below, above in ((lower, want), (want, upper)):
        scatter = np.std(above - below) / 24**0.5
        assert np.mean(above - below) > -2 * scatter
    # The data are what the model makes: x has its covariance.
    whitened = (x - b) @ np.linalg.inv(np.linalg.cholesky(w.T @ w + STD**2 * np.eye(6))).T
    assert kstest(whitened.ravel(), norm.cdf).pvalue > 1e-3


def test_the_gap_closes_with_more_distributions():
    model, _, _ = linear_gan()
    coarse, fine = (
        bidirectional_gap(
            model, examples=14, observation_std=STD, distributions=t, chains=8, batch_size=500
        )
        for t in (8, 300)
    )
    assert coarse.gap > 3 * fine.gap
    assert coarse.gap == pytest.approx(coarse.upper - coarse.lower)
    assert fine.gap < 1.0
    assert 0 < fine.gap_error < coarse.gap_error
    assert fine.lower_error > 0 and fine.upper_error > 0


def test_seeds_repeat(linear):
    model, x, _ = linear
    short = {"observation_std": STD, "chains": 4, "distributions": 10}
    once, again, other = (
        annealed_importance_sampling(model, x, seed=s, **short)[0] for s in (0, 0, 1)
    )
    np.testing.assert_array_equal(once, again)
    assert np.abs(once - other).min() > 1e-4


@pytest.mark.parametrize("batch_size, rows", [(20, 18), (1, 6)])
def test_groups_of_examples_bound_the_memory(monkeypatch, batch_size, rows):
    """Each example has 4 chains and 2 pilots; three fit into 20, and one always runs."""
    seen = []

    def eager(function, model):
        return lambda y, *rest: seen.append(len(y)) or function(y, *rest)

    monkeypatch.setattr(backends, "compiled", eager)
    model, _, _ = linear_gan()
    x = model.sample(4, seed=0)
    few = {"observation_std": STD, "chains": 4, "distributions": 2, "leapfrog_steps": 1}
    nats, _ = annealed_importance_sampling(model, x, batch_size=batch_size, **few)
    assert len(nats) == 4
    assert max(seen) == rows


def test_temperatures_rise_as_a_sigmoid():
    beta = inverse_temperatures(1000)
    assert beta[0] == 0 and beta[-1] == 1 and len(beta) == 1001
    step = np.diff(beta)
    assert (step > 0).all()
    np.testing.assert_allclose(step, step[::-1], rtol=1e-6)
    assert step[500] / step[0] == pytest.approx(
        0.25 / (1 / (1 + math.e**4) / (1 + math.e**-4)), rel=0.02
    )


@pytest.mark.parametrize("step_size", [0.1, 1.2])
def test_hamiltonian_steps_leave_the_density_as_it_is(step_size):
    """Chains that start as a logistic stay one, even with steps that are often refused."""

    def log_density(z):
        return -ops.sum(ops.softplus(z) + ops.softplus(-z), axis=-1)

    seeds = keras.random.SeedGenerator(0)
    z = np.random.default_rng(0).logistic(size=(3000, 2)).astype("float32")
    start = z = ops.convert_to_tensor(z)
    sizes = ops.full((3000,), 2.5 * step_size)
    for _ in range(5):
        z, acceptance = hamiltonian_step(log_density, z, sizes, 3, seeds)
    z, start, acceptance = map(ops.convert_to_numpy, map(ops.stop_gradient, (z, start, acceptance)))
    assert np.abs(z - start).mean() > 0.3
    assert 0.1 < acceptance.mean() < 1.0
    for i in range(2):
        assert kstest(z[:, i], logistic.cdf).pvalue > 1e-3


def test_a_step_into_nowhere_is_refused():
    z = ops.convert_to_tensor(np.zeros((4, 1), "float32"))
    nan_away_from_0 = lambda z: ops.where(ops.abs(z[:, 0]) > 0, z[:, 0] * np.nan, z[:, 0])  # noqa: E731
    after, acceptance = hamiltonian_step(
        nan_away_from_0, z, ops.ones((4,)), 2, keras.random.SeedGenerator(0)
    )
    np.testing.assert_array_equal(ops.convert_to_numpy(acceptance), 0)
    np.testing.assert_array_equal(ops.convert_to_numpy(after), 0)


def test_running_means_are_those_of_all_draws():
    rng = np.random.default_rng(0)
    draws = rng.normal(-5000, 20, (5, 90))
    parts = np.split(draws, [1, 40], axis=1)
    mean, log_mean = RunningMean(), RunningLogMeanExp()
    for part in parts:
        mean.update(part)
        log_mean.update(part)
    np.testing.assert_allclose(mean.result()[0], draws.mean(1), rtol=1e-12)
    np.testing.assert_allclose(mean.result()[1], draws.std(1, ddof=1) / 90**0.5, rtol=1e-9)
    np.testing.assert_allclose(
        log_mean.result()[0], logsumexp(draws, axis=1) - math.log(90), rtol=1e-12
    )
    w = np.exp(draws - draws.max(1, keepdims=True))
    want = w.std(1, ddof=1) / w.mean(1) / 90**0.5
    np.testing.assert_allclose(log_mean.result()[1], want, rtol=1e-9)


def test_the_error_of_a_log_mean_is_the_scatter_of_its_estimates():
    rng = np.random.default_rng(0)
    mean = RunningLogMeanExp()
    mean.update(rng.normal(0, 0.5, (2000, 50)))
    nats, error = mean.result()
    assert error.mean() == pytest.approx(nats.std(), rel=0.1)
    one = RunningLogMeanExp()
    one.update(np.where(np.eye(4, 10) > 0, 0.0, -1000.0)[:, :10])
    np.testing.assert_allclose(one.result()[1], 1.0)  # a single weight counts: its largest value


BAD = {
    "no noise": ({}, "WGANGP has no p.* of its own: pass observation_std"),
    "zero": ({"observation_std": 0.0}, "observation_std, a number between 0 and inf; got 0.0"),
    "negative": ({"observation_std": -0.1}, "observation_std.*got -0.1"),
    "NaN": ({"observation_std": math.nan}, "observation_std.*got nan"),
    "chains": ({"observation_std": 0.1, "chains": 0}, "chains, a positive integer; got 0"),
    "distributions": ({"observation_std": 0.1, "distributions": 1.5}, "distributions.*got 1.5"),
    "leapfrog": ({"observation_std": 0.1, "leapfrog_steps": 0}, "leapfrog_steps.*got 0"),
    "batch size": ({"observation_std": 0.1, "batch_size": 0}, "batch_size.*got 0"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_arguments(linear, arguments, message):
    model, x, _ = linear
    with pytest.raises(ValueError, match=f"Expected {message}|^{message}"):
        annealed_importance_sampling(model, x, **arguments)
    with pytest.raises(ValueError, match=message):
        bidirectional_gap(model, **arguments)


def test_bad_examples(linear):
    model, x, _ = linear
    with pytest.raises(ValueError, match=r"shape \(batch, 6\); got \(12, 5\)"):
        annealed_importance_sampling(model, x[:, :5], observation_std=STD)
    with pytest.raises(ValueError, match="examples, an integer of at least 2; got 1"):
        bidirectional_gap(model, examples=1, observation_std=STD)
