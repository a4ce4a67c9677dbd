"""Observations: masses, means and draws of one distribution agree."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_genzoo.probability.observations import (
    Bernoulli,
    Categorical,
    DiagonalGaussian,
    Gaussian,
)
from keras_genzoo.probability.pixels import Dequantized, GreyValues, Vectors

RNG = np.random.default_rng(0)
SHAPE = (2, 2, 1)
OBSERVATIONS = [
    Bernoulli(),
    Gaussian(Dequantized(), 0.3),
    Gaussian(Vectors(), 0.3),
    DiagonalGaussian(Dequantized()),
    Categorical(GreyValues(5)),
]
each = pytest.mark.parametrize("observation", OBSERVATIONS, ids=repr)


def numpy(x):
    return ops.convert_to_numpy(x)


def output_of(observation, n=1):
    one = RNG.normal(size=observation.output_shape(SHAPE)).astype("float32")
    return ops.convert_to_tensor(np.repeat(one[None], n, axis=0))


@each
def test_draws_have_the_mean_and_the_log_probability_is_theirs(observation):
    output = output_of(observation, 4000)
    draws = observation.draw(output, keras.random.SeedGenerator(0))
    mean = numpy(observation.mean(output))
    assert numpy(draws).shape == mean.shape == (4000, *SHAPE)
    scatter = numpy(draws).std(0) / 4000**0.5
    assert (np.abs(numpy(draws).mean(0) - mean[0]) < 5 * scatter).all()
    # No draw of another output is as likely on average: Gibbs' inequality.
    own = numpy(observation.log_prob(draws, output))
    assert own.shape == (4000,)
    assert own.mean() > numpy(observation.log_prob(draws, output_of(observation, 4000))).mean()


@each
def test_each_call_draws_anew(observation):
    seed, output = keras.random.SeedGenerator(0), output_of(observation, 50)
    assert (numpy(observation.draw(output, seed)) != numpy(observation.draw(output, seed))).any()


def test_gaussians_of_pixels_count_bins():
    y = RNG.uniform(size=(3, *SHAPE)).astype("float32")
    mean = RNG.uniform(size=(3, *SHAPE)).astype("float32")
    want = stats.norm.logpdf(y, mean, 0.3).sum((1, 2, 3))
    of_vectors = numpy(Gaussian(Vectors(), 0.3).log_prob(y, mean))
    np.testing.assert_allclose(of_vectors, want, rtol=1e-5)
    of_pixels = numpy(Gaussian(Dequantized(), 0.3).log_prob(y, mean))
    np.testing.assert_allclose(of_pixels, want - 4 * np.log(256), rtol=1e-5)


def test_a_diagonal_gaussian_reads_mean_and_log_var():
    y, output = RNG.normal(size=(3, *SHAPE)), RNG.normal(size=(3, 2, *SHAPE))
    want = stats.norm.logpdf(y, output[:, 0], np.exp(output[:, 1] / 2)).sum((1, 2, 3))
    got = DiagonalGaussian(Vectors()).log_prob(*(a.astype("float32") for a in (y, output)))
    np.testing.assert_allclose(numpy(got), want, rtol=1e-4)


def test_masses_of_a_categorical():
    observation, output = Categorical(GreyValues(5)), output_of(Categorical(GreyValues(5)))
    values = np.broadcast_to(np.arange(5.0)[:, None, None, None], (5, *SHAPE))
    log_mass = numpy(observation.log_prob(values, ops.repeat(output, 5, axis=0)))
    logits = numpy(output)[0].reshape(4, 5)
    want = (logits - np.log(np.exp(logits).sum(1, keepdims=True))).sum(0)
    np.testing.assert_allclose(log_mass, want, rtol=1e-5)


def test_the_quantile_of_a_categorical_passes_its_u():
    observation = Categorical(GreyValues(3))
    logits = ops.convert_to_tensor(np.log(np.float32([[0.2, 0.5, 0.3]] * 4)))
    u = ops.convert_to_tensor(np.float32([0.1, 0.3, 0.69, 0.71]))
    np.testing.assert_array_equal(numpy(observation.quantile(logits, u)), [0, 1, 1, 2])


def test_output_shapes():
    shapes = [observation.output_shape(SHAPE) for observation in OBSERVATIONS]
    assert shapes == [SHAPE, SHAPE, SHAPE, (2, *SHAPE), (*SHAPE, 5)]
