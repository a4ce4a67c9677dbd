"""Priors: draws, densities, quantiles and walks without bounds are of one distribution."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_genzoo.latents import linear_interpolation, spherical_interpolation
from keras_genzoo.probability.priors import Logistic, Normal, Uniform

PRIORS = {
    Normal(): stats.norm,
    Logistic(): stats.logistic,
    Uniform(): stats.uniform,
    Uniform(-1.0, 1.0): stats.uniform(-1, 2),
    Uniform(2.0, 5.0): stats.uniform(2, 3),
}
each = pytest.mark.parametrize("prior, want", PRIORS.items(), ids=map(repr, PRIORS))


def drawn(prior, shape=(4000,)):
    return ops.convert_to_numpy(prior.draw(shape, keras.random.SeedGenerator(0)))


@each
def test_draws_follow_the_distribution(prior, want):
    x = drawn(prior)
    assert x.dtype == np.float32 and np.isfinite(x).all()
    assert stats.kstest(x, want.cdf).pvalue > 1e-3


@each
def test_log_density_is_summed_over_all_but_the_batch(prior, want):
    z = drawn(prior, (5, 3, 2))
    got = ops.convert_to_numpy(prior.log_prob(z))
    assert got.shape == (5,)
    np.testing.assert_allclose(got, want.logpdf(z.astype(float)).sum((1, 2)), rtol=1e-5, atol=1e-5)


def test_uniform_has_no_density_outside():
    got = ops.convert_to_numpy(Uniform(2.0, 5.0).log_prob(np.array([[3.0, 4.0], [3.0, 5.1]])))
    np.testing.assert_allclose(got, [-2 * np.log(3), -np.inf], rtol=1e-6)


@each
def test_quantiles(prior, want):
    p = np.array([[0.001, 0.25, 0.5], [0.75, 0.9, 0.999]])
    np.testing.assert_allclose(prior.quantile(p), want.ppf(p), atol=1e-12)
    assert prior.quantile(p).dtype == np.float64
    for bad in (0.0, 1.0, [0.5, np.nan]):
        with pytest.raises(ValueError, match="Expected p, above 0 and below 1; got"):
            prior.quantile(bad)


@each
def test_a_walk_without_bounds_comes_back_to_the_prior(prior, want):
    walked, back = prior.unbounded()
    x = ops.convert_to_numpy(back(walked.draw((4000,), keras.random.SeedGenerator(1))))
    assert stats.kstest(x, want.cdf).pvalue > 1e-3
    assert np.isfinite(ops.convert_to_numpy(walked.log_prob(np.array([[-9.0, 9.0]])))).all()


@each
def test_paths_are_straight_but_for_the_gaussian(prior, want):
    del want
    z0, z1 = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3, 8))
    between = spherical_interpolation if prior == Normal() else linear_interpolation
    np.testing.assert_array_equal(prior.path(z0, z1, 5), between(z0, z1, 5))


def test_equal_priors_are_equal():
    assert Uniform() == Uniform(0.0, 1.0) != Uniform(-1.0, 1.0)
    assert repr(Uniform(-1.0, 1.0)) == "Uniform(low=-1.0, high=1.0)"


def test_a_uniform_has_an_interval():
    for low, high in ((1.0, 0.0), (1.0, 1.0), (0.0, float("nan"))):
        with pytest.raises(ValueError, match="Expected low < high; got"):
            Uniform(low, high)


def test_truncated_draws_are_normal_between_the_ends():
    z = np.random.default_rng(7).normal(size=(20000,)).astype("float32")
    for t in (0.3, 1.0, 2.5):
        got = ops.convert_to_numpy(Normal().truncated(z, t, keras.random.SeedGenerator(0)))
        far = np.abs(z) > t
        np.testing.assert_array_equal(got[~far], z[~far])
        assert np.abs(got).max() <= t
        assert stats.kstest(got[far], stats.truncnorm(-t, t).cdf).pvalue > 1e-3
    assert (
        not ops.convert_to_numpy(Normal().truncated(z, 1e-6, keras.random.SeedGenerator(0))).max()
        > 1e-6
    )
