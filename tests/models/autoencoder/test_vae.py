"""The VAE's bound against quadrature, its parts, its likelihoods."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import logsumexp
from scipy.stats import norm
from zoo_cases import PIXELS, VECTORS

import keras_genzoo as zoo

BINARY = np.where(PIXELS > 127, 255, 0).astype("uint8")


def spread(model, scale=1.0):
    """Weights large enough for the bound to be loose."""
    rng = np.random.default_rng(0)
    for v in model.trainable_variables:
        v.assign(rng.normal(0, scale / max(v.shape[0], 1) ** 0.5, v.shape).astype("float32"))
    return model


def mean_bound(model, x, draws=300):
    return np.mean([model.log_likelihood(x, seed=s) for s in range(draws)], axis=0)


def exact(model, x):
    """log p(x) of a model with one latent dimension, by quadrature."""
    z = np.linspace(-8, 8, 2001)
    z_tensor = ops.convert_to_tensor(z[:, None].astype("float32"))
    log_prior = norm.logpdf(z) + np.log(z[1] - z[0])
    return np.array(
        [
            logsumexp(
                log_prior
                + ops.convert_to_numpy(
                    model.observation.log_prob(
                        np.repeat(one[None], len(z), axis=0), model.decoded(z_tensor)
                    )
                )
            )
            for one in x
        ]
    )


def test_the_bound_lies_below_the_likelihood_of_binary_images():
    model = spread(zoo.VAE(image_shape=(8, 8, 1), latent_dim=1, hidden_units=(5,)))
    bound, log_p = mean_bound(model, BINARY[:4]), exact(model, BINARY[:4] / 255.0)
    assert (bound < log_p + 0.02).all()
    assert (log_p - bound < 50).all()


def test_the_bound_is_tight_where_the_posterior_is_the_prior():
    """A decoder that ignores z, an encoder that says N(0, 1): ELBO = log p(x)."""
    model = spread(zoo.VAE(num_features=3, latent_dim=1, hidden_units=(5,)))
    for network in (model.encoder, model.decoder):
        kernel = network.trainable_variables[-2]
        kernel.assign(np.zeros(kernel.shape, "float32"))
    bias = model.encoder.trainable_variables[-1]
    bias.assign(np.zeros(bias.shape, "float32"))
    x = VECTORS[:4]
    np.testing.assert_allclose(model.log_likelihood(x), exact(model, x), rtol=1e-3)


def test_the_parts_add_up_and_are_sums_over_pixels():
    model = zoo.VAE(image_shape=(8, 8, 1), latent_dim=2, hidden_units=(5,))
    for v in model.decoder.trainable_variables:
        v.assign(np.zeros(v.shape, "float32"))  # every pixel is a fair coin
    terms = {
        k: ops.convert_to_numpy(v) for k, v in model.objective(BINARY[:5], model.noise).items()
    }
    np.testing.assert_allclose(terms["reconstruction"], 64 * np.log(2), rtol=1e-5)
    np.testing.assert_allclose(terms["loss"], terms["reconstruction"] + terms["kl"], rtol=1e-6)


def test_gaussian_images_count_as_256_valued_pixels():
    """A decoder that is uniform noise on [0, 1) cannot do better than 8 bits a dimension."""
    model = zoo.VAE(image_shape=(8, 8, 3), latent_dim=2, likelihood="gaussian", hidden_units=())
    x = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3), dtype=np.uint8)
    for v in model.trainable_variables:
        v.assign(np.zeros(v.shape, "float32"))
    mean, variance = 0.5, 1 / 12
    bias = np.stack([np.full((8, 8, 3), mean), np.full((8, 8, 3), np.log(variance))])
    model.decoder.trainable_variables[-1].assign(bias.reshape(-1).astype("float32"))
    # The Gaussian of the uniform's moments is 0.255 bits worse than the uniform.
    want = 8 + 0.5 * np.log2(2 * np.pi * np.e / 12)
    assert model.bits_per_dim(x).mean() == pytest.approx(want, abs=0.01)


def test_binary_images_are_not_binarized_again():
    model = spread(zoo.VAE(image_shape=(8, 8, 1), latent_dim=2, hidden_units=(5,)))
    for v in model.encoder.trainable_variables:
        v.assign(np.zeros(v.shape, "float32"))
    kernel = model.decoder.trainable_variables[0]
    kernel.assign(np.zeros(kernel.shape, "float32"))  # p(x | z) is the same for all z
    seeds = [model.log_likelihood(BINARY[:3], seed=s) for s in (0, 1)]
    np.testing.assert_allclose(*seeds, rtol=1e-6)
    grey = [model.log_likelihood(np.full((3, 8, 8, 1), 128, "uint8"), seed=s) for s in (0, 1)]
    assert not np.allclose(*grey, rtol=1e-6)


def test_colours_are_no_coin_tosses_by_default():
    assert zoo.VAE(image_shape=(8, 8, 1)).likelihood == "bernoulli"
    assert zoo.VAE(image_shape=(8, 8, 3)).get_config()["likelihood"] == "gaussian"
    binary = zoo.VAE(image_shape=(8, 8, 3), likelihood="bernoulli")
    assert zoo.VAE.from_config(binary.get_config()).likelihood == "bernoulli"


def test_it_learns():
    keras.utils.set_random_seed(0)
    train = zoo.data.load("digits", image_size=8, batch_size=50)
    model = zoo.VAE(image_shape=(8, 8, 1), latent_dim=4, hidden_units=(64,))
    model.compile()
    before = model.evaluate(train, verbose=0, return_dict=True)["negative_elbo"]
    model.fit(train, epochs=8, verbose=0)
    after = model.evaluate(train, verbose=0, return_dict=True)["negative_elbo"]
    assert after < 0.75 * before
    error = np.abs(model.reconstruct(train.x).astype(float) - train.x).mean()
    assert error < np.abs(train.x - train.x.mean(0)).mean()
