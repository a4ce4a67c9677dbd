"""Every bijector inverts, and its log-determinant is its Jacobian's."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_genzoo.engine import input_gradient
from keras_genzoo.layers import AdditiveCoupling, Scaling
from keras_genzoo.probability.bijectors import Chain, Flattened, Halves, Joined, Swapped

SIZE = 5  # two halves of different sizes


def coupling(inputs, outputs):
    keras.utils.set_random_seed(inputs)
    layers = [keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(outputs)]
    return AdditiveCoupling(keras.Sequential([keras.Input((inputs,)), *layers]))


def scaling():
    layer = Scaling()
    layer.build((None, SIZE))
    layer.log_scale.assign(np.linspace(-1, 1, SIZE) + 0.3)
    return layer


CHAINS = {
    "halves": [Halves(SIZE), Joined(3)],
    "swapped": [Halves(SIZE), Swapped(), Joined(2)],
    "coupling": [Halves(SIZE), coupling(3, 2), Joined(3)],
    "scaling": [scaling()],
    "two that change volumes": [scaling(), scaling()],
    "all": [Halves(SIZE), coupling(3, 2), Swapped(), coupling(2, 3), Joined(2), scaling()],
}
each = pytest.mark.parametrize("bijectors", CHAINS.values(), ids=CHAINS)
X = np.random.default_rng(0).normal(size=(7, SIZE)).astype("float32")


def numpy(x):
    return ops.convert_to_numpy(ops.stop_gradient(x))


@each
def test_it_inverts(bijectors):
    chain = Chain(bijectors)
    y, _ = chain.forward_and_log_det(ops.convert_to_tensor(X))
    assert y.shape == X.shape and not np.allclose(numpy(y), X, atol=0.01)
    np.testing.assert_allclose(numpy(chain.inverse(y)), X, atol=1e-5)


@each
def test_the_log_determinant_is_that_of_the_jacobian(bijectors):
    chain, x = Chain(bijectors), ops.convert_to_tensor(X[:1])
    rows = [
        numpy(input_gradient(lambda x, i=i: chain.forward_and_log_det(x)[0][:, i], x))[0]
        for i in range(SIZE)
    ]
    _, want = np.linalg.slogdet(np.array(rows, "float64"))
    got = chain.forward_and_log_det(x)[1]
    assert float(got if isinstance(got, float) else numpy(got)) == pytest.approx(want, abs=1e-5)


def test_couplings_keep_volumes_exactly():
    halves = ops.convert_to_tensor(X[:, :3]), ops.convert_to_tensor(X[:, 3:])
    (a, b), log_det = coupling(3, 2).forward_and_log_det(halves)
    assert log_det == 0.0
    np.testing.assert_array_equal(numpy(a), X[:, :3])
    assert not np.allclose(numpy(b), X[:, 3:])


def test_images_are_flattened_and_put_back():
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 2)).astype("float32")
    flattened = Flattened((3, 4, 2))
    y, log_det = flattened.forward_and_log_det(ops.convert_to_tensor(x))
    assert y.shape == (2, 24) and log_det == 0.0
    np.testing.assert_array_equal(numpy(flattened.inverse(y)), x)
