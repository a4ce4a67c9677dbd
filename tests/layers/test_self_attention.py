"""Self-attention: what it is at first, what it forgets, and its formula."""

import numpy as np
import pytest
from keras import ops

from keras_genzoo.layers import SelfAttention

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 4, 4, 8)).astype("float32")


def numpy(x):
    return np.array(ops.convert_to_numpy(ops.stop_gradient(ops.convert_to_tensor(x))))


def attending(**arguments):
    layer = SelfAttention(**arguments)
    layer(X)
    layer.gamma.assign(0.7)
    return layer


@pytest.mark.parametrize("pool", [False, True])
def test_at_first_it_is_the_identity(pool):
    layer = SelfAttention(pool=pool)
    np.testing.assert_array_equal(numpy(layer(X, training=True)), X)
    layer.gamma.assign(0.5)
    assert np.abs(numpy(layer(X)) - X).max() > 1e-3


def permuted(x, order):
    return x.reshape(2, 16, 8)[:, order].reshape(x.shape)


def test_it_knows_no_order_of_positions():
    layer, order = attending(), RNG.permutation(16)
    got = numpy(layer(permuted(X, order)))
    np.testing.assert_allclose(got, permuted(numpy(layer(X)), order), rtol=1e-4, atol=1e-5)
    pooled = attending(pool=True)
    moved = np.abs(numpy(pooled(permuted(X, order))) - permuted(numpy(pooled(X)), order))
    assert moved.max() > 1e-3


def test_its_formula():
    layer = attending(normalization=None)
    x = X.reshape(2, 16, 8)
    f, g, h, o = (
        numpy(c.kernel)[0, 0]
        for c in (layer.keys, layer.queries, layer.values, layer.output_convolution)
    )
    assert f.shape == g.shape == (8, 1) and h.shape == (8, 4) and o.shape == (4, 8)
    scores = np.einsum("bjc,bic->bji", x @ g, x @ f)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    want = x + 0.7 * (weights @ (x @ h)) @ o
    np.testing.assert_allclose(numpy(layer(X)).reshape(x.shape), want, rtol=1e-4, atol=1e-5)


def test_pooled_keys_and_values():
    assert attending(pool=True).compute_output_shape(X.shape) == X.shape
    even = np.repeat(np.repeat(X[:, ::2, ::2], 2, axis=1), 2, axis=2)
    layer = attending()
    same = SelfAttention.from_config({**layer.get_config(), "pool": True})
    same(X)
    same.set_weights(layer.get_weights())
    # Where each 2x2 positions are alike, the largest of them is each of them.
    np.testing.assert_allclose(numpy(same(even)), numpy(layer(even)), rtol=1e-4, atol=1e-5)
