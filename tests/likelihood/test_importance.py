"""Bounds by draws of q(z | x), as objectives: `log_likelihood` has a test of its own."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

import keras_genzoo as zoo
from keras_genzoo import backends
from keras_genzoo.likelihood.importance import elbo_terms, log_weights
from keras_genzoo.probability.priors import Logistic, Normal


@pytest.mark.parametrize("terms", [elbo_terms, log_weights])
def test_networks_know_when_they_are_trained(terms):
    """A bound of k draws is what an importance-weighted autoencoder trains on."""
    keras.utils.set_random_seed(0)
    encoder = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4), keras.layers.BatchNormalization()]
    )
    decoder = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(6),
            keras.layers.Reshape((2, 3)),
        ]
    )
    model = zoo.VAE(num_features=3, latent_dim=2, encoder=encoder, decoder=decoder)
    statistics = [v for v in model.non_trainable_variables if "moving" in v.path]
    y = np.random.default_rng(0).normal(2.0, 3.0, (5, 3)).astype("float32")

    def moved(**training) -> list[bool]:
        before = [np.array(v) for v in map(ops.convert_to_numpy, statistics)]
        terms(model, ops.convert_to_tensor(y), model.seeded(0), 4, **training)
        now = map(ops.convert_to_numpy, statistics)
        return [not np.array_equal(a, b) for a, b in zip(before, now, strict=True)]

    assert len(statistics) == 4 and not any(moved())
    assert all(moved(training=True))


@pytest.mark.parametrize(
    ("prior", "of_scipy"), [(Normal(), stats.norm), (Logistic(), stats.logistic)]
)
def test_weights_are_of_the_models_own_prior(prior, of_scipy):
    keras.utils.set_random_seed(0)
    model = zoo.VAE(num_features=3, latent_dim=2, hidden_units=(4,))
    model.prior = prior
    y = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    mean, log_var = map(ops.convert_to_numpy, model.posterior(y))
    noise = ops.convert_to_numpy(backends.normal((5, 7, 2), model.seeded(0)))
    std = np.exp(log_var / 2)[:, None]
    z = mean[:, None] + std * noise
    output = ops.convert_to_numpy(model.decoded(z.reshape(-1, 2))).reshape(5, 7, 2, 3)
    given = stats.norm.logpdf(y[:, None], output[:, :, 0], np.exp(output[:, :, 1] / 2)).sum(-1)
    log_q = stats.norm.logpdf(z, mean[:, None], std).sum(-1)
    want = given + of_scipy.logpdf(z).sum(-1) - log_q
    got = ops.convert_to_numpy(log_weights(model, ops.convert_to_tensor(y), model.seeded(0), 7))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("prior", [Normal(), Logistic()])
def test_the_elbo_is_of_the_models_own_prior(prior):
    """On average it is the mean of the log-weights, and so below the bound of many draws."""
    keras.utils.set_random_seed(0)
    model = zoo.VAE(num_features=3, latent_dim=2, hidden_units=(4,))
    model.prior = prior
    y = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    elbo, error = model.log_likelihood(y, method="elbo", k=4000, return_error=True)
    weights = log_weights(model, ops.convert_to_tensor(y), model.seeded(1), 4000)
    want = ops.convert_to_numpy(ops.stop_gradient(weights)).mean(1)
    assert (np.abs(elbo - want) < 8 * error + 0.02).all()
    assert (elbo < model.log_likelihood(y, method="iwae", k=4000)).all()
