"""Densities against SciPy, the closed-form KL against Monte Carlo."""

import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_genzoo import losses

RNG = np.random.default_rng(0)


def numpy(x):
    return ops.convert_to_numpy(x)


def test_bernoulli():
    x = RNG.integers(0, 2, (5, 3, 4))
    logits = RNG.normal(0, 3, (5, 3, 4)).astype("float32")
    want = stats.bernoulli.logpmf(x, 1 / (1 + np.exp(-logits.astype(float)))).sum((1, 2))
    np.testing.assert_allclose(numpy(losses.bernoulli_log_prob(x, logits)), want, rtol=1e-5)


def test_bernoulli_far_out_is_finite():
    got = numpy(losses.bernoulli_log_prob(np.array([[1.0], [0.0]]), np.array([[-200.0], [200.0]])))
    np.testing.assert_allclose(got, [-200, -200])


def test_categorical():
    logits = RNG.normal(size=(5, 3, 4)).astype("float32")
    x = RNG.integers(0, 4, (5, 3))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    want = np.log(np.take_along_axis(p, x[..., None], -1)[..., 0]).sum(-1)
    np.testing.assert_allclose(numpy(losses.categorical_log_prob(x, logits)), want, rtol=1e-5)


def test_normal():
    x, mean, log_var = RNG.normal(size=(3, 5, 4)).astype("float32")
    want = stats.norm.logpdf(x, mean, np.exp(log_var / 2)).sum(-1)
    np.testing.assert_allclose(numpy(losses.normal_log_prob(x, mean, log_var)), want, rtol=1e-4)


def test_logistic():
    x = RNG.normal(0, 5, (5, 4)).astype("float32")
    want = stats.logistic.logpdf(x).sum(-1)
    np.testing.assert_allclose(numpy(losses.logistic_log_prob(x)), want, rtol=1e-5)


def test_kl_equals_monte_carlo():
    mean, log_var = np.array([[0.7, -1.2], [0.0, 0.3]]), np.array([[-1.0, 0.5], [0.2, -0.4]])
    z = mean + np.exp(log_var / 2) * RNG.normal(size=(200_000, 2, 2))
    log_q = stats.norm.logpdf(z, mean, np.exp(log_var / 2)).sum(-1)
    samples = log_q - stats.norm.logpdf(z).sum(-1)
    error = samples.std(0) / len(samples) ** 0.5
    got = numpy(losses.kl_from_standard_normal(mean, log_var))
    assert (np.abs(got - samples.mean(0)) < 4 * error).all()
    assert (error < 0.01 * got).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision_logits_are_reduced_in_float32(dtype):
    logits = ops.cast(np.full((2, 300), 300.0), dtype)
    got = losses.bernoulli_log_prob(np.zeros((2, 300)), logits)
    np.testing.assert_allclose(numpy(got), -90_000.0, rtol=1e-2)  # above float16's 65504
