"""VEEGAN's three losses, and which network each of them moves."""

import keras
import numpy as np
import pytest
from contract import JIT_COMPILE, values
from keras import ops
from zoo_cases import CASES, PIXELS, VECTORS

import keras_genzoo as zoo

EAGERLY = keras.backend.backend() != "jax"
X = ops.convert_to_tensor(VECTORS[:20])
Z = ops.convert_to_tensor(np.random.default_rng(0).normal(size=(20, 2)).astype("float32"))


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def small(**arguments):
    model = zoo.VEEGAN(**{"num_features": 3, "latent_dim": 2, "width": 8} | arguments)
    rng = np.random.default_rng(1)
    for v in model.trainable_variables:
        v.assign(rng.normal(0, 0.5, v.shape))
    return model


def parts(model):
    """G(z), F(x), F(G(z)), D(x, F(x)) and D(G(z), z) of X and Z, as arrays."""
    fake, code = model.generator(Z), model.reconstructor(X)
    real_logits, fake_logits = model.discriminator([X, code]), model.discriminator([fake, Z])
    found = (fake, code, model.reconstructor(fake), real_logits[:, 0], fake_logits[:, 0])
    return map(ops.convert_to_numpy, found)


def softplus(x):
    return np.logaddexp(0, x)


# ---------------------------------------------------------------------- the losses


@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_the_losses_are_those_of_the_algorithm(weight):
    model = small(reconstructor_std=0.0, reconstruction_weight=weight)
    model.compile()
    _, _, again, real, fake = parts(model)
    distance = ((ops.convert_to_numpy(Z) - again) ** 2).sum(axis=1)
    want = {
        # -log s(D(x, F(x))) - log(1 - s(D(G(z), z))), of the paper's D with the other sign.
        "discriminator": softplus(-real) + softplus(fake),
        "reconstructor": distance,
        "generator": -fake + weight * distance,
    }
    found = {
        "discriminator": model.discriminator_loss(X, Z),
        "reconstructor": model.reconstruction_loss(Z),
        "generator": model.generator_loss(X, Z),
    }
    for name, loss in found.items():
        np.testing.assert_allclose(ops.convert_to_numpy(loss), want[name], rtol=1e-4, atol=1e-5)


def gradients(model):
    """Those that one step hands to each network, of the same noise."""
    found = {}
    with model.gradients_given_to(
        lambda network, grads: found.update({network: list(map(ops.convert_to_numpy, grads))})
    ):
        model.train_step(X)
    return found


def flat(model):
    def loss(real, fake=None):
        return 0.0 * real[:, 0]

    model.compile(loss=(loss, loss))


def test_the_reconstructor_is_moved_by_its_distance_alone_and_the_generator_by_both():
    found = {}
    for name, weight, judged in (
        ("both", 1.0, True), ("distance", 1.0, False), ("judged", 0.0, True)
    ):  # fmt: skip
        keras.utils.set_random_seed(0)
        model = small(reconstruction_weight=weight)
        model.compile() if judged else flat(model)
        found[name] = gradients(model)
    for other in ("distance", "judged"):
        for a, b in zip(found["both"]["reconstructor"], found[other]["reconstructor"], strict=True):
            assert np.abs(a).max() > 1e-3
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    of_generator = (found[name]["generator"] for name in ("both", "distance", "judged"))
    for both, distance, judged in zip(*of_generator, strict=True):
        assert np.abs(distance).max() > 1e-3 and np.abs(judged).max() > 1e-3
        np.testing.assert_allclose(both, distance + judged, rtol=1e-3, atol=1e-5)


def test_one_step_has_one_z():
    model = small()
    model.compile(run_eagerly=EAGERLY)
    seen = []
    for name, place in (
        ("discriminator_loss", 1),
        ("reconstruction_loss", 0),
        ("generator_loss", 1),
    ):
        loss = getattr(model, name)

        def watched(*examples, loss=loss, place=place):
            seen.append(examples[place])
            return loss(*examples)

        object.__setattr__(model, name, watched)
    model.train_on_batch(VECTORS[:6])
    assert len(seen) == 3 and seen[0] is seen[1] is seen[2]


@pytest.mark.parametrize("std", [0.0, 1.0, 2.0])
def test_the_discriminator_is_shown_draws_around_the_reconstruction(std):
    model = small(latent_dim=100, reconstructor_std=std)
    model.compile()
    rows = model.real_pairs(X, model.seeded(0), training=True)
    x, z = ops.convert_to_numpy(rows[:, :3]), ops.convert_to_numpy(rows[:, 3:])
    np.testing.assert_array_equal(x, VECTORS[:20])
    off = z - ops.convert_to_numpy(model.reconstructor(X))
    assert off.std() == pytest.approx(std, rel=0.05, abs=1e-6) and abs(off.mean()) <= 0.1 * std


def test_networks_are_as_large_as_the_authors_for_points():
    model = zoo.VEEGAN(num_features=2)
    sizes = {k: sum(v.size for v in values(vs)) for k, vs in model.networks().items()}
    middle = 128 * 128 + 128
    assert sizes == {
        "generator": 254 * 128 + 128 + middle + 128 * 2 + 2,
        "reconstructor": 2 * 128 + 128 + middle + 128 * 254 + 254,
        "discriminator": 256 * 128 + 128 + 128 + 1,
    }
    rates = [float(v.learning_rate) for v in model.default_optimizers().values()]
    assert rates == pytest.approx([1e-3] * 3)
    image = zoo.VEEGAN(image_shape=(16, 16, 3), width=4)
    assert image.latent_dim == 100 and float(image.default_optimizers()["generator"].beta_1) == 0.5
    normed = [
        any(isinstance(la, keras.layers.BatchNormalization) for la in network.layers)
        for network in (image.generator, image.discriminator, image.reconstructor)
    ]
    assert normed == [True, True, False]


def test_it_finds_where_the_data_are_and_the_noise_of_what_it_makes():
    x = np.random.default_rng(0).normal([3, -2], 1.0, (1000, 2)).astype("float32")
    model = zoo.VEEGAN(num_features=2, latent_dim=2, width=32, reconstructor_std=0.1)
    model.compile(keras.optimizers.Adam(2e-3, beta_1=0.5), jit_compile=JIT_COMPILE)
    far = np.abs(model.sample(500, seed=0).mean(0) - [3, -2]).max()
    model.fit(x, batch_size=100, epochs=45, verbose=0)
    made = model.sample(500, seed=0)
    assert np.abs(made.mean(0) - [3, -2]).max() < 1.0 < far
    assert made.std(0).min() > 0.5 and made.std(0).max() < 2.0
    z = next(model.inputs_in_batches(500, 0, 500))["z"]
    assert np.abs(model.encode(made) - z).mean() < 0.15
    assert np.abs(model.reconstruct(x) - x).mean() < 0.2


# ---------------------------------------------------------------------- codes and what steers it


def test_encode_is_the_reconstructor_and_reconstruct_goes_back():
    model = CASES["veegan"].build()
    z = model.encode(PIXELS[:4])
    x = ops.convert_to_tensor(PIXELS[:4].astype("float32") / 127.5 - 1)
    np.testing.assert_allclose(
        z, ops.convert_to_numpy(model.reconstructor(x)), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(model.reconstruct(PIXELS[:4]), model.decode(z))


def test_the_average_is_of_both_ways():
    model = small()
    model.compile(ema_decay=0.9, jit_compile=JIT_COMPILE)
    model.fit(VECTORS, batch_size=20, verbose=0)
    averaged = model.encode(VECTORS[:3]), model.reconstruct(VECTORS[:3])
    with model.raw_weights():
        raw = model.encode(VECTORS[:3]), model.reconstruct(VECTORS[:3])
    assert all(np.abs(a - b).max() > 1e-4 for a, b in zip(averaged, raw, strict=True))


def test_the_features_are_of_an_example_and_its_code():
    model = small()
    features = model.features(VECTORS[:5])
    x = np.concatenate([VECTORS[:5], model.encode(VECTORS[:5])], axis=1)
    kernel, bias = values(model.discriminator.layers[-2].weights)
    np.testing.assert_allclose(features, np.maximum(x @ kernel + bias, 0), rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(not EAGERLY, reason="the same formulas, at ten times the time")
def test_what_steers_other_gans_steers_this_one():
    model = zoo.VEEGAN(image_shape=(8, 8, 1), latent_dim=4, width=4, batch_norm=False)
    model.compile(
        loss="non_saturating",
        real_targets=0.9,
        discriminator_augment="translation",
        penalties={"r1": 0.1, "wgan_gp": 0.1, "orthogonal": 1e-4},
        run_eagerly=EAGERLY,
    )
    told = zoo.callbacks.Diagnostics(PIXELS[:8], examples=8)
    logs = model.fit(PIXELS[:20], batch_size=10, verbose=0, callbacks=[told]).history
    assert np.isfinite(list(logs.values())).all()
    assert "reconstructor_gradient_norm" in logs and "real_logits_right" in logs


def test_diagnostics_look_at_pairs():
    """A discriminator that goes by the code alone: real where the first number is above 1."""
    model = small(reconstructor_std=0.0)
    model.compile()
    weights = [np.zeros(v.shape, "float32") for v in model.discriminator.variables]
    weights[0][3], weights[1][:], weights[2][0], weights[3][:] = 1.0, 10.0, 1.0, -11.0
    model.discriminator.set_weights(weights)
    codes = model.encode(VECTORS[:20])[:, 0]
    real, fake = model.logits(X, seed=model.seeded(3), training=False)
    np.testing.assert_allclose(ops.convert_to_numpy(real)[:, 0], codes - 1, rtol=1e-4, atol=1e-4)
    z = ops.convert_to_numpy(model.draw_z(20, model.seeded(3)))[:, 0]
    np.testing.assert_allclose(ops.convert_to_numpy(fake)[:, 0], z - 1, rtol=1e-4, atol=1e-4)
    callback = zoo.callbacks.Diagnostics(VECTORS[:20], examples=20, seed=3)
    callback.set_model(model)
    found = callback.measure()
    assert found["real_logits_right"] == pytest.approx((codes > 1).mean())
    assert found["fake_logits_right"] == pytest.approx((z < 1).mean())


# ---------------------------------------------------------------------- bad input

BAD = {
    "a discriminator of x alone": (
        {"discriminator": keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])},
        r"takes \[x \(batch, 3\), z \(batch, 2\)\]; this one does not: it has 1 inputs ",
    ),
    "a reconstructor of another shape": (
        {"reconstructor": keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])},
        r"reconstructor that maps \(batch, 3\) to \(batch, 2\); this one gives \(None, 4\)",
    ),
    "a negative weight": ({"reconstruction_weight": -1.0}, "weight, a weight of 0 or more; got -1"),
    "a negative deviation": ({"reconstructor_std": -0.1}, "reconstructor_std, a weight of 0 or"),
    "no units": ({"width": 0}, "Expected width, a positive integer; got 0"),
    "no latents": ({"latent_dim": 0}, "Expected latent_dim, a positive integer; got 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments(name):
    arguments, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        small(**arguments)


def test_a_reconstructor_that_cannot_give_normal_numbers_is_told_of():
    own = [keras.Input((3,)), keras.layers.Dense(2, activation="sigmoid")]
    with pytest.warns(UserWarning, match="reconstructor with .*real numbers.*ends in sigmoid"):
        small(reconstructor=keras.Sequential(own))
