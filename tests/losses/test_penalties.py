"""Penalties against their closed forms."""

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


# ---------------------------------------------------------------------- by name

W = np.array([1.0, -2.0, 2.0], "float32")  # ||w|| = 3
REAL, FAKE = (RNG.normal(size=(500, 3)).astype("float32") for _ in range(2))


def square(x):
    """A judge whose slope at x is w (w . x): another one at each point."""
    return 0.5 * ops.square(ops.sum(ops.multiply(x, W), axis=1))[:, None]


def taken(name, monkeypatch):
    """The penalty of each example, and the points where slopes were taken."""
    points, slope = [], losses.penalties.squared_slope

    def watched(judge, x):
        points.append(numpy(x))
        return slope(judge, x)

    monkeypatch.setattr(losses.penalties, "squared_slope", watched)
    penalty = losses.penalties.OF_JUDGES[name]
    real, fake = map(ops.convert_to_tensor, (REAL, FAKE))
    got = penalty(square, real, fake, keras.random.SeedGenerator(0))
    (x,) = points
    return numpy(got), x


def numpy(x):
    return ops.convert_to_numpy(ops.stop_gradient(x))


def lengths(x):
    return 3.0 * np.abs(x @ W)


@pytest.mark.parametrize("name, at", [("r1", REAL), ("r2", FAKE)])
def test_half_the_squared_slope_at_examples_and_at_fakes(name, at, monkeypatch):
    got, points = taken(name, monkeypatch)
    np.testing.assert_array_equal(points, at)
    np.testing.assert_allclose(got, 0.5 * lengths(at) ** 2, rtol=1e-4)


def test_slopes_of_one_between_examples_and_fakes(monkeypatch):
    got, points = taken("wgan_gp", monkeypatch)
    mix = (points - FAKE) / (REAL - FAKE)
    np.testing.assert_allclose(mix, np.repeat(mix[:, :1], 3, axis=1), atol=1e-2)
    assert -1e-3 <= mix.min() < 0.02 and 0.98 < mix.max() <= 1 + 1e-3
    np.testing.assert_allclose(got, (lengths(points) - 1) ** 2, rtol=1e-3, atol=1e-4)


def test_slopes_of_one_around_examples(monkeypatch):
    got, points = taken("dragan", monkeypatch)
    away = (points - REAL) / (0.5 * REAL.std())
    assert away.min() >= -1e-5 and away.max() <= 1
    assert abs(away.mean() - 0.25) < 0.02  # the product of two that are uniform in [0, 1)
    np.testing.assert_allclose(got, (lengths(points) - 1) ** 2, rtol=1e-3, atol=1e-4)


# ---------------------------------------------------------------------- matrices


def test_orthogonal_columns_of_any_length_cost_nothing():
    q = np.linalg.qr(RNG.normal(size=(12, 5)))[0] * np.arange(1, 6)
    kernels = [q.astype("float32"), q.reshape(2, 2, 3, 5).astype("float32")]
    assert float(losses.orthogonal(map(ops.convert_to_tensor, kernels))) < 1e-6
    assert float(losses.orthogonal([])) == 0.0


def test_the_orthogonal_penalty_and_its_gradient():
    """||W^T W * (1 - I)||^2, whose gradient is 4 W (W^T W * (1 - I))."""
    w = RNG.normal(size=(3, 2, 4)).astype("float32")
    variable = keras.Variable(w)
    value, (gradient,) = backends.value_and_grad(
        lambda: (losses.orthogonal([variable.value]), None), [variable]
    )
    matrix = w.reshape(6, 4)
    off = matrix.T @ matrix * (1 - np.eye(4))
    np.testing.assert_allclose(float(value[0]), (off**2).sum(), rtol=1e-5)
    want = (4 * matrix @ off).reshape(w.shape)
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), want, rtol=1e-4, atol=1e-4)
