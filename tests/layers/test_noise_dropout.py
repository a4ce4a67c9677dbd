"""Dropout by numbers that are given."""

import keras
import numpy as np
from keras import ops

from keras_genzoo.layers import NoiseDropout


def test_it_drops_where_the_noise_is_below_the_rate():
    h = np.arange(1.0, 7.0, dtype="float32").reshape(2, 3)
    u = np.array([[0.1, 0.4, 0.9], [0.39, 0.41, 0.0]], "float32")
    got = ops.convert_to_numpy(NoiseDropout(0.4)([h, u]))
    np.testing.assert_allclose(got, h * (u >= 0.4) / 0.6, rtol=1e-6)


def test_noise_below_zero_drops_nothing_which_is_the_average():
    h = np.full((20_000, 2), 3.0, "float32")
    layer = NoiseDropout(0.25)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer([h, np.full_like(h, -1.0)])), h)
    u = np.random.default_rng(0).uniform(size=h.shape).astype("float32")
    mean = ops.convert_to_numpy(layer([h, u])).mean()
    assert abs(mean - 3.0) < 5 * 3.0 * (0.25 / 0.75 / h.size) ** 0.5


def test_layers_share_one_input_and_take_parts_of_their_own():
    h = np.ones((1, 2, 1, 2), "float32")  # a feature map, whose units are its values
    u = np.array([[0.0, 0.0, 0.9, 0.1, 0.9, 0.1]], "float32")
    got = ops.convert_to_numpy(NoiseDropout(0.5, first=2)([h, u]))
    np.testing.assert_array_equal(got.ravel(), [2.0, 0.0, 2.0, 0.0])


def test_low_precision_compares_in_float32_and_stays_low():
    h = np.ones((1, 1), "float32")
    layer = NoiseDropout(0.5, dtype="mixed_bfloat16")
    u = np.array([[0.4999]], "float32")  # 0.5 in bfloat16, which is not dropped
    got = layer([ops.cast(h, "bfloat16"), u])
    assert keras.backend.standardize_dtype(got.dtype) == "bfloat16"
    assert float(ops.convert_to_numpy(ops.cast(got, "float32"))[0, 0]) == 0.0


def test_config_round_trip():
    again = keras.layers.deserialize(keras.layers.serialize(NoiseDropout(0.3, first=7)))
    assert (again.rate, again.first) == (0.3, 7)
