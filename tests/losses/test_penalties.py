"""The gradient penalty against its closed form."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo import backends, losses

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(3,), (4, 5, 2)])
def test_a_linear_critic_has_the_closed_form(shape):
    w = ops.convert_to_tensor(RNG.normal(size=shape).astype("float32"))
    x = ops.convert_to_tensor(RNG.normal(size=(6, *shape)).astype("float32"))
    axes = tuple(range(1, len(shape) + 1))

    def critic(x):
        return ops.sum(x * w, axis=axes)[:, None]

    got = ops.convert_to_numpy(losses.gradient_penalty(critic, x))
    np.testing.assert_allclose(
        got, np.full(6, (np.linalg.norm(ops.convert_to_numpy(w)) - 1) ** 2), rtol=1e-5
    )


def penalty_gradient(w):
    """d mean penalty / dw of the linear critic w."""
    weight = keras.Variable(w)
    x = ops.convert_to_tensor(RNG.normal(size=(6, len(w))).astype("float32"))

    def loss():
        critic = lambda x: ops.sum(x * weight.value, axis=1)[:, None]  # noqa: E731
        return ops.mean(losses.gradient_penalty(critic, x)), None

    _, (gradient,) = backends.value_and_grad(loss, [weight])
    return ops.convert_to_numpy(gradient)


def test_the_critics_weights_feel_it():
    w = np.array([1.0, -2.0, 2.0], "float32")  # ||w|| = 3
    np.testing.assert_allclose(penalty_gradient(w), 2 * (3 - 1) * w / 3, rtol=1e-5)


def test_a_slope_of_zero_has_a_finite_gradient():
    assert np.isfinite(penalty_gradient(np.zeros(3, "float32"))).all()
