"""What a model takes in."""

from keras_genzoo.engine import DataSpec


def test_data_are_called_by_what_they_are():
    assert DataSpec((28, 28, 1)).name == "images"
    assert DataSpec((2,)).name == "x"
