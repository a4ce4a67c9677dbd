"""One call for the likelihood of every family: its methods, their order, their units."""

import itertools
import math

import keras
import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm
from zoo_cases import CASES, PIXELS, VARIANTS

import keras_genzoo as zoo
from keras_genzoo.likelihood.annealed_importance_sampling import Annealing, bounds_of_simulated

BINARY = np.where(PIXELS > 127, 255, 0).astype("uint8")
METHODS = {
    "dcgan": ["ais"],
    "wgan_gp": ["ais"],
    "vae": ["elbo", "iwae", "ais"],
    "nice": ["exact", "ais"],
    "pixel_cnn": ["exact"],
}
FEW = {"chains": 3, "distributions": 4, "leapfrog_steps": 2}


def spread(model, scale=1.0, seed=0):
    """Weights large enough for z to matter."""
    rng = np.random.default_rng(seed)
    for v in model.trainable_variables:
        v.assign(rng.normal(0, scale / max(v.shape[0], 1) ** 0.5, v.shape).astype("float32"))
    return model


@pytest.fixture(scope="module")
def linear_vae():
    """p(x | z) = N(z W + b, std^2), an encoder that is off; examples, and log p(x) of any."""
    rng = np.random.default_rng(0)
    w, b, std = rng.normal(size=(2, 5)), rng.normal(size=5), 0.5
    model = spread(zoo.VAE(num_features=5, latent_dim=2, hidden_units=()))
    decoder, encoder = model.decoder.trainable_variables, model.encoder.trainable_variables
    decoder[0].assign(np.concatenate([w, np.zeros((2, 5))], axis=1).astype("float32"))
    decoder[1].assign(np.concatenate([b, np.full(5, 2 * math.log(std))]).astype("float32"))
    # Near the posterior's mean; twice its deviation in one direction, half in the other.
    covariance = np.linalg.inv(w @ w.T / std**2 + np.eye(2))
    to_mean = w.T @ covariance / std**2
    log_var = np.log(np.diag(covariance)) + [math.log(4.0), math.log(0.7)]
    kernel = np.concatenate([to_mean * 1.05, np.zeros((5, 2))], axis=1)
    encoder[0].assign(kernel.astype("float32"))
    encoder[1].assign(np.concatenate([-b @ to_mean, log_var]).astype("float32"))
    gaussian = multivariate_normal(b, w.T @ w + std**2 * np.eye(5))
    return model, gaussian.rvs(60, random_state=0).astype("float32"), gaussian.logpdf


@pytest.fixture(scope="module")
def binary_vae():
    return spread(zoo.VAE(image_shape=(8, 8, 1), latent_dim=2, hidden_units=(8,)), scale=2.0)


# ---------------------------------------------------------------------- exact


@pytest.mark.parametrize("levels", [2, 3])
def test_exact_is_enumeration(levels):
    """The masses of all images sum to 1, and each is the product of its conditionals."""
    keras.utils.set_random_seed(0)
    model = zoo.PixelCNN(image_shape=(2, 2, 1), levels=levels, num_blocks=1, width=6)
    for v in model.trainable_variables:
        v.assign(2.0 * v)
    pixels = np.rint(np.arange(levels) * 255 / (levels - 1)).astype("uint8")
    values = np.array(list(itertools.product(range(levels), repeat=4)))
    images = pixels[values].reshape(-1, 2, 2, 1)
    nats, error = model.log_likelihood(images, method="exact", return_error=True)
    assert np.exp(nats).sum() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_array_equal(error, 0.0)
    # A conditional, from its logits where what comes later is black.
    want = np.zeros(len(values))
    for i in range(4):
        known = np.where(np.arange(4) < i, values, 0).reshape(-1, 2, 2, 1)
        logits = keras.ops.convert_to_numpy(
            keras.ops.stop_gradient(model.logits(keras.ops.convert_to_tensor(known)))
        ).reshape(len(values), 4, levels)[:, i]
        want += logits[np.arange(len(values)), values[:, i]] - logsumexp(logits, axis=1)
    np.testing.assert_allclose(nats, want, atol=1e-4)
    assert nats.std() > 0.05
    np.testing.assert_array_equal(model.log_likelihood(images), nats)


def test_exact_of_a_flow_does_not_scatter_for_vectors():
    model = VARIANTS["nice_vectors"].build()
    x = VARIANTS["nice_vectors"].x[:5]
    nats, error = model.log_likelihood(x, method="exact", return_error=True)
    np.testing.assert_array_equal(nats, model.log_likelihood(x, seed=1))
    np.testing.assert_array_equal(error, 0.0)


# ---------------------------------------------------------------------- bounds


def test_bounds_rise_from_elbo_to_the_closed_form(linear_vae):
    model, x, log_p = linear_vae
    want = log_p(x).mean()
    elbo = model.log_likelihood(x, k=400).mean()
    iwae = [
        np.mean([model.log_likelihood(x, method="iwae", k=k, seed=s) for s in range(5)])
        for k in (2, 8, 500)
    ]
    assert elbo + 0.02 < iwae[0]
    assert iwae[0] + 0.02 < iwae[1]
    assert iwae[1] + 0.02 < iwae[2]
    assert iwae[2] == pytest.approx(want, abs=0.02)


def test_iwae_of_one_draw_is_elbo_on_average(linear_vae):
    model, x, _ = linear_vae
    one = np.stack([model.log_likelihood(x, method="iwae", k=1, seed=s) for s in range(100)])
    elbo, error = model.log_likelihood(x, method="elbo", k=200, return_error=True)
    assert 0 < error.mean() < 0.5
    # Both scatter: the sums over examples by the roots of the sums of squares.
    scatter = np.sqrt(np.square(error).sum() + one.var(axis=0, ddof=1).sum() / 100) / len(x)
    assert scatter < 0.1
    assert one.mean() == pytest.approx(elbo.mean(), abs=4 * scatter)


@pytest.mark.parametrize("method, k", [("elbo", 30), ("iwae", 200)])
def test_errors_are_the_scatter_of_the_estimates(linear_vae, method, k):
    model, x, _ = linear_vae
    estimates, errors = zip(
        *(
            model.log_likelihood(x, method=method, k=k, seed=s, return_error=True)
            for s in range(30)
        ),
        strict=True,
    )
    np.testing.assert_allclose(np.mean(errors), np.std(estimates, axis=0, ddof=1).mean(), rtol=0.2)


def test_iwae_does_not_depend_on_how_it_is_cut(linear_vae):
    """Each draw is made once, whatever the batches: figures differ by their errors alone."""
    model, x, log_p = linear_vae
    for batch_size in (70, 5000):
        nats, error = model.log_likelihood(
            x[:10], method="iwae", k=1000, batch_size=batch_size, return_error=True
        )
        assert (np.abs(nats - log_p(x[:10])) < 5 * error + 1e-3).all()
        assert (error < 0.1).all()


def test_iwae_memory_is_bounded(linear_vae, monkeypatch):
    """No batch has more rows than asked, and no draw is left out."""
    model, x, _ = linear_vae
    model, rows = model.from_config(model.get_config()), []

    def eager(function, model):
        k = function.keywords["k"]
        return lambda y, seed: rows.append((len(y), k)) or function(y, seed)

    monkeypatch.setattr("keras_genzoo.backends.compiled", eager)
    model.log_likelihood(x[:3], method="iwae", k=50, batch_size=32)
    assert rows == [(1, 32), (1, 18)] * 3
    rows.clear()
    model.log_likelihood(x[:8], method="iwae", k=10, batch_size=32)
    assert rows == [(3, 10), (3, 10), (2, 10)]


def test_all_draws_score_the_same_binary_image():
    """Grey images under a decoder that ignores z: a draw's figure tells which image was scored."""
    model = spread(zoo.VAE(image_shape=(8, 8, 1), latent_dim=2, hidden_units=(4,)))
    for v in (*model.encoder.trainable_variables, model.decoder.trainable_variables[0]):
        v.assign(np.zeros(v.shape, "float32"))
    grey = np.full((4, 8, 8, 1), 128, "uint8")
    for method in ("elbo", "iwae"):
        nats, error = model.log_likelihood(grey, method=method, k=50, return_error=True)
        np.testing.assert_allclose(error, 0.0, atol=1e-4)
        assert np.std(nats) > 0.1  # but each example its own
    same = model.log_likelihood(grey, method="iwae", k=7, seed=5)
    np.testing.assert_allclose(same, model.log_likelihood(grey, k=3, seed=5), rtol=1e-5)
    np.testing.assert_allclose(
        same, model.log_likelihood(grey, method="ais", seed=5, **FEW), rtol=0.2
    )


def test_iwae_and_ais_agree_with_quadrature_on_binary_images(binary_vae):
    x, (axis, step) = BINARY[:4], np.linspace(-6, 6, 241, retstep=True)
    z = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    log_prior = norm.logpdf(z).sum(-1) + 2 * math.log(step)
    z = keras.ops.convert_to_tensor(z.astype("float32"))
    want = [
        logsumexp(
            log_prior
            + keras.ops.convert_to_numpy(
                keras.ops.stop_gradient(
                    binary_vae.observation.log_prob(
                        np.repeat(one[None] / 255, len(z), axis=0), binary_vae.decoded(z)
                    )
                )
            )
        )
        for one in x
    ]
    iwae, iwae_error = binary_vae.log_likelihood(
        x, method="iwae", k=20_000, batch_size=20_000, return_error=True
    )
    nats, error = binary_vae.log_likelihood(
        x, method="ais", chains=64, distributions=60, batch_size=300, return_error=True
    )
    assert (np.abs(nats - want) < 4 * error + 1e-3).all()
    assert (error < 0.5).all()
    # The encoder is random: draws hardly meet the posterior, so that the bound is loose.
    assert (iwae < want + 4 * iwae_error).all()


def test_ais_lies_between_iwae_and_the_upper_bound(binary_vae):
    """On images simulated from the model, whose upper bound is known."""
    x, lower, upper = bounds_of_simulated(Annealing(binary_vae, None, 10), 16, 16, 60, 0, 400, 0)
    assert set(np.unique(x)) == {0.0, 1.0}
    images = (255 * x).astype("uint8")
    # k so small that it matters: the encoder is random.
    iwae = binary_vae.log_likelihood(images, method="iwae", k=20).mean()
    ais = binary_vae.log_likelihood(
        images, method="ais", chains=16, distributions=60, batch_size=400, seed=1
    ).mean()
    assert iwae + 0.5 < ais < upper.mean() + 0.05
    assert ais == pytest.approx(lower.mean(), abs=0.5)


# ---------------------------------------------------------------------- every family


@pytest.mark.parametrize("name", METHODS)
def test_which_methods_a_model_has(name):
    model = CASES[name].build()
    assert list(model.likelihood_methods()) == METHODS[name]
    with pytest.raises(ValueError, match=f"{METHODS[name][0]}.*got 'map'"):
        model.log_likelihood(CASES[name].x[:2], method="map")


@pytest.mark.parametrize("name", ["dcgan", "wgan_gp", "vae", "nice", "wgan_gp_vectors"])
def test_ais_of_any_decoder(name):
    case = (CASES | VARIANTS)[name]
    model, x = case.build(), case.x[:3]
    nats, error = model.log_likelihood(
        x, method="ais", observation_std=0.3, return_error=True, **FEW
    )
    assert nats.shape == error.shape == (3,)
    assert np.isfinite(nats).all() and (error > 0).all()
    bits, bits_error = model.bits_per_dim(
        x, method="ais", observation_std=0.3, return_error=True, **FEW
    )
    np.testing.assert_allclose(bits, -nats / (x[0].size * math.log(2)), rtol=1e-6)
    np.testing.assert_allclose(bits_error, error / (x[0].size * math.log(2)), rtol=1e-6)


def test_nats_of_images_with_observation_noise_are_those_of_pixels():
    """A generator that makes one grey image: the density of N(grey, std^2) less D ln 256."""
    keras.utils.set_random_seed(0)
    model = zoo.WGANGP(image_shape=(8, 8, 1), latent_dim=2, width=4)
    for v in model.generator.trainable_variables:
        v.assign(np.zeros(v.shape, "float32"))  # tanh(0): the middle of 0..255
    x, std = PIXELS[:4], 0.3
    nats = model.log_likelihood(x, method="ais", observation_std=std, **FEW)
    density = nats + 64 * math.log(256)
    want = norm.logpdf((x + 0.5) / 256.0, 0.5, std).sum((1, 2, 3))
    np.testing.assert_allclose(density, want, atol=0.5)  # the dequantization's noise
    uniform = -model.bits_per_dim(x, method="ais", observation_std=std, **FEW)
    np.testing.assert_allclose(uniform, nats / (64 * math.log(2)), rtol=1e-6)


def test_observation_noise_takes_the_place_of_the_models_own(binary_vae):
    own = binary_vae.log_likelihood(BINARY[:3], method="ais", **FEW)
    noisy = binary_vae.log_likelihood(BINARY[:3], method="ais", observation_std=0.5, **FEW)
    assert (own > -200).all()
    assert (noisy < -64 * math.log(256) + 64 * norm.logpdf(0, 0, 0.5)).all()


def test_what_is_decoded_is_the_rounded_mean():
    for name in ("dcgan", "vae", "vae_gaussian", "nice", "vae_vectors"):
        model = (CASES | VARIANTS)[name].build()
        z = keras.ops.convert_to_numpy(model.draw_inputs(4, 0)["z"])
        mean = keras.ops.convert_to_numpy(keras.ops.stop_gradient(model.decode_mean(z)))
        decoded = model.decode(z)
        assert mean.dtype == np.float32
        clipped = np.clip(mean, 0, 255) if decoded.dtype == np.uint8 else mean
        assert np.abs(clipped - decoded).max() <= (0.501 if decoded.dtype == np.uint8 else 1e-5)


# ---------------------------------------------------------------------- bad input


@pytest.fixture(scope="module")
def vae():
    return CASES["vae"].build()


BAD = {
    "unknown method": (
        {"method": "exact"},
        r"VAE has the likelihood methods \['elbo', 'iwae', 'ais'\]",
    ),
    "k of 0": ({"method": "iwae", "k": 0}, "Expected k, a positive integer; got 0"),
    "k of a half": ({"k": 0.5}, "Expected k, a positive integer; got 0.5"),
    "another's option": ({"k": 5, "chains": 3}, r"'elbo' takes \['k'\]; got chains=3"),
    "error of one": ({"return_error": True}, "The error of one draw.*k=1, expected 2"),
    "error of one chain": (
        {"method": "ais", "chains": 1, "return_error": True},
        "The error of one draw.*chains=1",
    ),
    "std": ({"method": "ais", "observation_std": -1.0}, "Expected observation_std.*got -1.0"),
    "seed": ({"seed": -1}, "Expected seed, an integer of at least 0; got -1"),
    "batch size": ({"batch_size": 0}, "Expected batch_size, a positive integer; got 0"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_arguments(vae, arguments, message):
    with pytest.raises(ValueError, match=message):
        vae.log_likelihood(PIXELS[:2], **arguments)


def test_a_gan_asks_for_observation_noise():
    with pytest.raises(ValueError, match=r"DCGAN has no p\(x \| z\) of its own: pass obs"):
        CASES["dcgan"].build().log_likelihood(PIXELS[:2])


@pytest.mark.parametrize("method", ["elbo", "iwae", "ais"])
def test_bad_examples(vae, method):
    with pytest.raises(ValueError, match=r"shape \(batch, 8, 8, 1\); got \(2, 8, 8\)"):
        vae.log_likelihood(PIXELS[:2, ..., 0], method=method)
    with pytest.raises(ValueError, match="look rescaled"):
        vae.log_likelihood(PIXELS[:2] / 255.0, method=method)


def test_options_of_exact():
    with pytest.raises(ValueError, match="'exact' takes no options; got k=5"):
        CASES["pixel_cnn"].build().log_likelihood(PIXELS[:2], k=5)
