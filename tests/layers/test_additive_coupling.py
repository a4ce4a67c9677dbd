"""The coupling and its inverse."""

import keras
import numpy as np
from keras import ops

from keras_genzoo.layers import AdditiveCoupling


def test_it_adds_and_takes_away():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    coupling = AdditiveCoupling(network)
    a, b = np.ones((4, 2), "float32"), np.full((4, 3), 5.0, "float32")
    same, moved = coupling((a, b))
    np.testing.assert_array_equal(ops.convert_to_numpy(same), a)
    want = b + ops.convert_to_numpy(network(a))
    np.testing.assert_allclose(ops.convert_to_numpy(moved), want, rtol=1e-6)
    _, back = coupling.inverse((a, moved))
    np.testing.assert_allclose(ops.convert_to_numpy(back), b, rtol=1e-5)


def test_config_round_trip():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    config = keras.layers.serialize(AdditiveCoupling(network))
    assert keras.layers.deserialize(config).network.output_shape == (None, 3)
