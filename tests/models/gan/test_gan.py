"""GAN's networks, its algorithm, and Wasserstein's bounds."""

import keras
import numpy as np
import pytest
from contract import JIT_COMPILE, values
from keras import ops
from zoo_cases import VECTORS

import keras_genzoo as zoo

ON_JAX = keras.backend.backend() == "jax"


def small(**arguments):
    return zoo.GAN(**{"num_features": 3, "latent_dim": 2, "hidden_units": (8, 4)} | arguments)


def test_both_networks_are_as_wide_as_the_authors_generator_for_mnist():
    model = zoo.GAN(image_shape=(28, 28, 1))
    generator = 100 * 1200 + 1200 + 1200 * 1200 + 1200 + 1200 * 784 + 784
    discriminator = 784 * 1200 + 1200 + 1200 * 1200 + 1200 + 1200 + 1
    assert model.generator.count_params() == generator
    assert model.discriminator.count_params() == discriminator


def test_codes_are_normal_or_uniform():
    z = np.asarray(small().draw_inputs(4000, 0)["z"])
    assert np.abs(z).max() > 2.5 and abs(z.std() - 1) < 0.05
    z = np.asarray(small(prior="uniform").draw_inputs(4000, 0)["z"])
    assert z.min() < -0.99 and z.max() > 0.99 and abs(z.std() - 3**-0.5) < 0.01
    with pytest.raises(ValueError, match="Expected a prior of codes; got 'unifrom'.*'uniform'"):
        small(prior="unifrom")


def test_each_discriminator_step_has_real_examples_of_its_own():
    model = small(discriminator_steps=3)
    eager = keras.backend.backend() != "jax"  # which would compile each operation by itself
    model.compile(run_eagerly=eager)
    seen, loss = [], model.discriminator_loss

    def watched(x):
        seen.append(x)
        return loss(x)

    object.__setattr__(model, "discriminator_loss", watched)
    model.train_on_batch(VECTORS[:12])
    assert [tuple(x.shape) for x in seen] == [(4, 3)] * 3
    if eager:
        rows = np.concatenate([ops.convert_to_numpy(x) for x in seen])
        np.testing.assert_array_equal(np.sort(rows, 0), np.sort(VECTORS[:12], 0))
    counts = [int(model.optimizer[name].iterations) for name in ("discriminator", "generator")]
    assert counts == [3, 1]
    with pytest.raises(ValueError, match="Expected discriminator_steps, a positive integer; got 0"):
        small(discriminator_steps=0)


# ---------------------------------------------------------------------- dropout


def test_dropout_is_of_samples_too_and_decode_drops_nothing():
    model = small(dropout=0.5)
    assert model.inputs()["dropout"].shape == (12,)
    inputs = next(model.inputs_in_batches(6, 3, 6))
    again = ops.convert_to_numpy(model.generate(**inputs))
    np.testing.assert_allclose(again, model.sample(6, seed=3), rtol=1e-5)
    whole = model.decode(inputs["z"])
    assert np.abs(whole - model.sample(6, seed=3)).max() > 1e-3
    np.testing.assert_array_equal(whole, model.decode(inputs["z"]))
    plain = small()
    plain.generator.set_weights(model.generator.get_weights())
    np.testing.assert_allclose(whole, plain.decode(inputs["z"]), rtol=1e-5)


def test_samples_of_given_masks():
    model = small(dropout=0.5)
    z = np.ones((3, 2), "float32")
    u = np.array([[-1.0] * 12, [0.0] * 12, [0.9] * 12], "float32")
    whole, without, doubled = model.sample(3, seed=0, z=z, dropout=u)
    np.testing.assert_allclose(whole, model.decode(z)[0], rtol=1e-6)
    np.testing.assert_allclose(without, values([model.generator.layers[-1].bias])[0], atol=1e-6)
    assert np.abs(doubled - whole).max() > 1e-3


def test_dropout_needs_the_models_own_generator():
    own = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="Expected dropout=0 beside a generator of your own; got"):
        small(generator=own, dropout=0.5)
    with pytest.raises(ValueError, match="Expected dropout, a number between 0 and 1; got 1.5"):
        small(dropout=1.5)


# ---------------------------------------------------------------------- bounded slopes


def test_wasserstein_needs_a_bound():
    with pytest.raises(ValueError, match='bound of the discriminator.*for loss="wasserstein"; got'):
        small().compile(loss="wasserstein")
    for bad in ({"clip": 0.0}, {"clip": -1.0}):
        with pytest.raises(ValueError, match=f"Expected {next(iter(bad))}, a number between 0"):
            small().compile(loss="wasserstein", **bad)


def test_weights_are_clipped_after_each_step():
    model = small()
    model.compile(loss="wasserstein", clip=0.01, jit_compile=JIT_COMPILE)
    assert max(np.abs(v).max() for v in values(model.discriminator.variables)) > 0.1
    model.train_on_batch(VECTORS[:20])
    assert max(np.abs(v).max() for v in values(model.discriminator.variables)) <= 0.01
    assert max(np.abs(v).max() for v in values(model.generator.variables)) > 0.1


# ---------------------------------------------------------------------- all losses


# Each of them is compiled: on JAX, which takes ten seconds, one is enough for every change.
@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(loss, marks=[] if loss == "hinge" or not ON_JAX else pytest.mark.long)
        for loss in zoo.GAN.named_losses
    ],
)
def test_every_loss_trains_and_is_kept(loss, tmp_path):
    model = small()
    bound = {"penalties": {"wgan_gp": 0.5}} if loss == "wasserstein" else {}
    model.compile(loss=loss, jit_compile=JIT_COMPILE, **bound)
    before = values(model.trainable_variables)
    logs = model.train_on_batch(VECTORS[:20], return_dict=True)
    assert all(np.isfinite(v) for v in logs.values())
    # The last bias shifts real and fake logits alike, which some losses do not notice.
    after = values(model.trainable_variables)
    assert sum(map(np.array_equal, before, after)) <= 1
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert again.compiled_settings() == model.compiled_settings()


def test_it_finds_where_the_data_are():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal([3, -2], 0.3, (1000, 2)).astype("float32")
    model = zoo.GAN(num_features=2, latent_dim=2, hidden_units=(32, 32))
    model.compile(keras.optimizers.Adam(2e-3, beta_1=0.5))
    far = np.abs(model.sample(500, seed=0).mean(0) - [3, -2]).max()
    model.fit(x, batch_size=100, epochs=30, verbose=0)
    near = np.abs(model.sample(500, seed=0).mean(0) - [3, -2]).max()
    assert near < 0.7 < far
