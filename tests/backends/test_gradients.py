"""Gradients and updates against closed forms: what every backend must agree on."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_genzoo import backends
from keras_genzoo.engine import DataSpec, GenerativeModel, input_gradient

BACKEND = keras.backend.backend()
X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


def number(variable):
    return ops.convert_to_numpy(variable.value)


class Toy(GenerativeModel):
    """Two numbers a and b; what a step does is up to the test."""

    def __init__(self, step, **kwargs):
        super().__init__(DataSpec((3,)), **kwargs)
        self.step = step
        self.a, self.b = (self.add_weight(shape=(), name=n, initializer="ones") for n in "ab")
        self.judge = layers.BatchNormalization(momentum=0.9)
        self.judge.build((None, 3))
        self.track("loss")

    def networks(self):
        return {"toy": [self.a, self.b]}

    def train_step(self, data):
        return self.report(loss=self.step(self, ops.convert_to_tensor(self.batch(data))))


def trained(step, optimizer, steps=1, **kwargs):
    model = Toy(step, **kwargs)
    model.compile(optimizer)
    for _ in range(steps):
        model.train_on_batch(X)
    return model


def test_a_penalty_on_the_slope_reaches_what_its_point_depends_on():
    """As path lengths do: the point w is a mapping network's."""
    m, g = keras.Variable(2.0), keras.Variable(3.0)
    z = ops.convert_to_tensor(X[:, 0])

    def loss():
        w = m * z
        slope = input_gradient(lambda w: g * w**2, w)
        return ops.mean(slope**2), None

    (value, _), grads = backends.value_and_grad(loss, [m, g])
    squares = (X[:, 0] ** 2).mean()
    want = 4 * 9 * 4 * squares, 8 * 9 * 2 * squares, 8 * 3 * 4 * squares
    np.testing.assert_allclose([float(v) for v in (value, *grads)], want, rtol=1e-5)


def moving_mean_of(judge):
    np.testing.assert_allclose(number(judge.moving_mean), 0.1 * X.mean(0), rtol=1e-5, atol=1e-7)


def test_a_slope_keeps_what_is_assigned_on_the_way():
    judge = layers.BatchNormalization(momentum=0.9)
    judge.build((None, 3))
    input_gradient(lambda x: judge(x, training=True), ops.convert_to_tensor(X))
    moving_mean_of(judge)


def test_a_penalty_in_a_training_step_keeps_what_is_assigned_on_the_way():
    def step(model, x):
        judge = lambda x: model.a * ops.sum(model.judge(x, training=True) ** 3, axis=1)  # noqa: E731
        return model.minimize("toy", lambda: ops.sum(input_gradient(judge, x) ** 2, axis=1))

    model = trained(step, keras.optimizers.SGD(1e-3))
    moving_mean_of(model.judge)
    assert np.isfinite(number(model.a)) and number(model.a) < 1.0


def test_an_assigned_variable_is_trained_from_its_new_value():
    def step(model, x):
        def loss():
            model.a.assign(5.0 * model.b)
            return model.a * model.a + model.b

        return model.minimize("toy", loss)

    model = trained(step, keras.optimizers.SGD(0.1))
    # 5 - 0.1 * 2 * 5; b feels its own term alone, not what was assigned.
    np.testing.assert_allclose([number(model.a), number(model.b)], [4.0, 0.9], rtol=1e-6)


def test_a_variable_that_a_loss_leaves_out_has_a_gradient_of_zero():
    optimizer = keras.optimizers.SGD(0.1, momentum=0.5)

    def step(model, x):
        model.minimize("toy", lambda: 2.0 * model.a + 2.0 * model.b)
        return model.minimize("toy", lambda: 2.0 * model.a)

    model = trained(step, optimizer)
    # Steps of -0.2, then -0.2 - 0.1 and the momentum's -0.1.
    np.testing.assert_allclose([number(model.a), number(model.b)], [0.5, 0.7], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_a_subset_is_trained_alone(dtype):
    def step(model, x):
        loss = lambda: model.a + model.b  # noqa: E731
        model.minimize("toy", loss)
        return model.minimize("toy", loss, variables=[model.a])

    model = trained(step, keras.optimizers.SGD(0.125, momentum=0.5), dtype=dtype)
    np.testing.assert_allclose([number(model.a), number(model.b)], [0.6875, 0.875], rtol=1e-6)
    momenta = [v for v in model.optimizer.variables if "momentum" in v.path]
    np.testing.assert_allclose([number(v) for v in momenta], [-0.1875, -0.125], rtol=1e-6)


def test_a_subset_of_other_variables_is_an_error():
    model = Toy(None)
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"variables of the network 'toy'; got \['.*gamma'\]"):
        model.minimize("toy", lambda: model.a, variables=[model.b, model.judge.gamma])


@pytest.mark.skipif(BACKEND == "jax", reason="JAX cannot tell a gradient of zero from none")
def test_a_loss_of_nothing_that_is_trained_is_an_error():
    model = Toy(None)
    model.compile("sgd")
    with pytest.raises(ValueError, match="Expected a loss that depends on.*'toy'"):
        model.minimize("toy", lambda: ops.convert_to_tensor(X)[:, 0])


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_gradients_are_given_away_in_place_of_a_step(dtype):
    """As they are, whatever scales the loss; what is drawn and assigned in a scope is undone."""

    def step(model, x):
        def loss():
            model.judge(x, training=True)
            return 3.0 * model.a + 0.0 * backends.uniform((), model.noise)

        return model.minimize("toy", loss)

    model = trained(step, "sgd", dtype=dtype)
    state = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    before, given = [np.array(number(v)) for v in state], []
    scope = keras.StatelessScope(initialize_variables=False)
    with scope, model.gradients_given_to(lambda *found: given.append(found)):
        model.train_step((ops.convert_to_tensor(X),))
    ((network, gradients),) = given
    assert network == "toy"
    np.testing.assert_allclose([ops.convert_to_numpy(g) for g in gradients], [3.0, 0.0], rtol=1e-6)
    assert all(map(np.array_equal, before, [number(v) for v in state]))
    model.train_on_batch(X)  # and from here on, steps are taken again
    assert number(model.a) < before[0]
