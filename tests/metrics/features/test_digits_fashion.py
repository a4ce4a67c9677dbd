"""The feature network that is shipped: whole, the same on each backend, and good at its task."""

import json

import numpy as np
import pytest

import keras_genzoo as zoo
from keras_genzoo.metrics.features import digits_fashion
from keras_genzoo.metrics.features.digits_fashion import embedded_extractor


@pytest.fixture(scope="module")
def digits():
    test = zoo.data.load("digits", "test", labels=True)
    return test.x, test.y


def convolved(x, layer):
    """By hand: "same" padding as TensorFlow has it, more of it below and right."""
    (kernel,) = layer.get_weights()
    stride = layer.strides[0]
    size = -(-x.shape[1] // stride)
    total = max(0, (size - 1) * stride + 3 - x.shape[1])
    around = (total // 2, total - total // 2)
    x = np.pad(x, ((0, 0), around, around, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]  # (n, h, w, channels, 3, 3)
    return np.einsum("nhwcij,ijco->nhwo", windows, kernel)


def normalized(x, layer):
    scale, shift, mean, variance = layer.get_weights()
    return (x - mean) / np.sqrt(variance + layer.epsilon) * scale + shift


def test_is_what_numpy_computes_from_the_weights(digits):
    x = digits[0][:5]
    network = digits_fashion.feature_network()
    network.load_weights(digits_fashion.WEIGHTS)
    y = x / 255
    for layer in network.layers:
        if type(layer).__name__ == "Conv2D":
            y = convolved(y, layer)
        elif type(layer).__name__ == "BatchNormalization":
            y = np.maximum(normalized(y, layer), 0)
    assert y.shape == (5, 4, 4, 64)
    want = y.mean(axis=(1, 2))
    np.testing.assert_allclose(embedded_extractor().features(x), want, rtol=1e-4, atol=1e-5)


def test_knows_handwriting_that_it_was_not_trained_on(digits):
    x, y = digits
    p = embedded_extractor().probabilities(x)
    assert p.shape == (len(x), digits_fashion.NUM_CLASSES)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    # Other writers, 8x8 pixels, enlarged.
    assert (p[:, : digits_fashion.NUM_DIGITS].argmax(axis=1) == y).mean() > 0.75


@pytest.mark.parametrize(
    "name, first", [("mnist", 0), ("fashion_mnist", digits_fashion.NUM_DIGITS)]
)
def test_accuracy_is_as_stated(shared_data, name, first):
    stated = json.loads(digits_fashion.METADATA.read_text())
    test = zoo.data.load(shared_data / name, "test", labels=True)
    p = embedded_extractor().probabilities(test.x)
    accuracy = (p.argmax(axis=1) == test.y + first).mean()
    what = "clothes" if first else "digits"
    assert accuracy == pytest.approx(stated[f"{what}_test_accuracy"], abs=0.0003)


def test_other_sizes_are_resized_and_colours_refused(digits):
    extractor = embedded_extractor()
    small = zoo.data.load("digits", "test", image_size=8).x[:20]
    # The same interpolation that `load` uses.
    np.testing.assert_array_equal(extractor.features(small), extractor.features(digits[0][:20]))
    with pytest.raises(ValueError, match="1 channel, which digits_fashion takes.*InceptionGraph"):
        extractor.features(np.zeros((2, 32, 32, 3), np.uint8))


def test_altered_weights_are_not_opened(tmp_path, monkeypatch):
    content = bytearray(digits_fashion.WEIGHTS.read_bytes())
    content[-1] ^= 1
    altered = tmp_path / "model.weights.h5"
    altered.write_bytes(content)
    monkeypatch.setattr(digits_fashion, "WEIGHTS", altered)
    with pytest.raises(ValueError, match="altered or truncated: expected SHA-256"):
        embedded_extractor.__wrapped__()


def test_is_small_and_says_what_it_is():
    assert digits_fashion.WEIGHTS.stat().st_size < 1_000_000
    stated = json.loads(digits_fashion.METADATA.read_text())
    assert stated["parameter_count"] == digits_fashion.feature_network().count_params() < 100_000
    assert stated["digits_test_accuracy"] > 0.99 and stated["clothes_test_accuracy"] > 0.9
    assert "train_feature_network.py" in stated["command"]
    assert embedded_extractor().sha256 == stated["sha256"]
    assert embedded_extractor().feature_dim == 64


def test_training_is_not_disturbed_by_building_it():
    import random

    random.seed(3)
    want = random.random()
    random.seed(3)
    embedded_extractor.__wrapped__()
    assert random.random() == want
