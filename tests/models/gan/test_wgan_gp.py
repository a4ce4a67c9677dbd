"""WGAN-GP's critic, and that it learns the ring's modes' whereabouts."""

import keras
import numpy as np
import pytest
from keras import ops
from zoo_cases import CASES

import keras_genzoo as zoo
from keras_genzoo import losses


@pytest.mark.parametrize("name", ["image", "vector"])
def test_the_critic_has_no_batch_norm(name):
    arguments = {"image_shape": (32, 32, 3)} if name == "image" else {"num_features": 2}
    critic = zoo.WGANGP(width=4, **arguments).critic
    assert not any(
        isinstance(la, keras.layers.BatchNormalization) for la in critic._flatten_layers()
    )


def test_the_penalty_is_taken_on_lines_between_real_and_fake(monkeypatch):
    model = zoo.WGANGP(num_features=2, latent_dim=2, width=4)
    model.compile()
    model.generator.set_weights([np.zeros_like(w) for w in model.generator.get_weights()])
    seen = []

    def watched(critic, x):
        seen.append(ops.convert_to_numpy(x))
        return penalty(critic, x)

    penalty = losses.penalties.gradient_penalty
    monkeypatch.setattr(losses.penalties, "gradient_penalty", watched)
    model.critic_loss(ops.ones((4000, 2)), training=False)
    (points,) = seen  # fakes are 0, the real 1: the points are the mixing weights
    np.testing.assert_array_equal(points[:, 0], points[:, 1])  # one weight an example
    assert 0 <= points.min() < 0.01 and 0.99 < points.max() <= 1
    assert abs(points.mean() - 0.5) < 0.02 and abs(points.std() - 12**-0.5) < 0.01


def test_the_loss_adds_the_weighted_penalty():
    model = CASES["wgan_gp"].build()
    model.compile()
    x = ops.ones((6, 8, 8, 1))
    terms = {k: ops.convert_to_numpy(v) for k, v in model.critic_loss(x).items()}
    np.testing.assert_allclose(
        terms["loss"], -terms["wasserstein_estimate"] + 10 * terms["gradient_penalty"], rtol=1e-5
    )


def test_it_finds_where_the_data_are():
    """A generator that starts at 0 gets to data around (3, -2)."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal([3, -2], 0.3, (1000, 2)).astype("float32")
    model = zoo.WGANGP(num_features=2, latent_dim=2, width=32, critic_steps=2)
    model.compile(optimizer=keras.optimizers.Adam(5e-3, beta_1=0.0, beta_2=0.9))
    far = np.abs(model.sample(500, seed=0).mean(0) - [3, -2]).max()
    model.fit(x, batch_size=100, epochs=30, verbose=0)
    near = np.abs(model.sample(500, seed=0).mean(0) - [3, -2]).max()
    assert near < 0.5 < far
