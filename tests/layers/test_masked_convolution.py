"""The masks, tap by tap."""

import keras
import numpy as np
import pytest

from keras_genzoo.layers import MaskedConv2D


def mask(mask_type, channels=1, inputs=1, filters=1, size=3):
    layer = MaskedConv2D(filters, size, mask_type=mask_type, image_channels=channels)
    layer.build((None, 8, 8, inputs))
    return layer.mask


def test_spatial_masks():
    above = [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    np.testing.assert_array_equal(mask("A")[..., 0, 0], above)
    above[1][1] = 1
    np.testing.assert_array_equal(mask("B")[..., 0, 0], above)


def test_channels_see_those_before_them():
    a = mask("A", channels=3, inputs=3, filters=6)[1, 1]
    b = mask("B", channels=3, inputs=6, filters=6)[1, 1]
    np.testing.assert_array_equal(a, [[0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1], [0] * 6])
    np.testing.assert_array_equal(b[::2], [[1] * 6, [0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1]])


def test_a_mask_type_that_is_none():
    with pytest.raises(ValueError, match='mask_type "A" or "B"'):
        mask("C")


def test_config_round_trip():
    layer = MaskedConv2D(4, 3, mask_type="A", image_channels=2, activation="relu")
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
