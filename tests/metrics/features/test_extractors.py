"""Extractors give what their network gives, for images in the one right form."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_genzoo.data import images as pictures
from keras_genzoo.metrics import KerasExtractor

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    x = inputs = layers.Input((6, 5, 1))
    x = layers.Flatten(name="flat")(layers.Dropout(0.9)(x))
    x = layers.Dense(7, name="hidden")(x)
    return keras.Model(inputs, layers.Dense(3, "softmax", name="classes")(x), name="small")


def images(n=10, shape=(6, 5, 1)):
    return RNG.integers(0, 256, (n, *shape), dtype=np.uint8)


def test_features_and_probabilities_are_the_networks(classifier):
    one = KerasExtractor(classifier, "hidden", classes_layer="classes")
    x = images()
    kernel, bias = classifier.get_layer("hidden").get_weights()
    features = x.reshape(10, -1).astype(float) @ kernel + bias
    np.testing.assert_allclose(one.features(x), features, rtol=1e-5, atol=1e-3)
    kernel, bias = classifier.get_layer("classes").get_weights()
    logits = features @ kernel + bias
    want = np.exp(logits - logits.max(1, keepdims=True))
    want /= want.sum(1, keepdims=True)
    np.testing.assert_allclose(one.probabilities(x), want, rtol=1e-3, atol=1e-4)
    assert (one.feature_dim, one.num_classes) == (7, 3)
    assert (one.name, one.resize) == ("small/hidden", "none")
    assert one.features(x).dtype == np.float32


def test_no_layer_means_the_output(classifier):
    one = KerasExtractor(classifier, name="other")
    assert one.features(images()).shape == (10, 3) and one.name == "other"
    with pytest.raises(ValueError, match="with class probabilities; other has none"):
        one.probabilities(images())


def test_any_number_of_images(classifier):
    one = KerasExtractor(classifier, "hidden")
    x = images(600)
    whole = one.features(x)
    assert whole.shape == (600, 7)
    # Batches are padded: no row may be one of the padding, or miss.
    for rows in (slice(0, 1), slice(255, 258), slice(511, 600)):
        np.testing.assert_allclose(one.features(x[rows]), whole[rows], rtol=1e-6, atol=1e-4)


def test_resizes_by_the_mode_that_it_names(classifier):
    big = images(4, (12, 10, 1))
    one = KerasExtractor(classifier, "hidden", resize="pillow_bicubic")
    np.testing.assert_array_equal(one.features(big), one.features(pictures.resize(big, (6, 5))))
    assert one.resize == "pillow_bicubic"


def test_the_hash_is_of_the_weights(classifier):
    one, same = (KerasExtractor(classifier, "hidden") for _ in range(2))
    assert one.sha256 == same.sha256 and len(one.sha256) == 64
    keras.utils.set_random_seed(1)
    other = keras.models.clone_model(classifier)
    assert KerasExtractor(other, "hidden").sha256 != one.sha256


@pytest.mark.parametrize(
    "x, message",
    [
        (np.zeros((2, 6, 5, 1), "float32"), "uint8 images in 0..255; got float32. Bring them"),
        (np.zeros((2, 6, 5, 1), "int64"), r"got int64. Of pixels in 0..255, images.astype"),
        (np.zeros((2, 6, 5), "uint8"), r"got \(2, 6, 5\). Add the channel axis"),
        (np.zeros((2, 6, 5, 4), "uint8"), "with 1 or 3 channels"),
        (np.zeros((0, 6, 5, 1), "uint8"), r"at least one image; got shape \(0, 6, 5, 1\)"),
        (np.zeros((2, 8, 8, 1), "uint8"), 'of 6x5, which small takes; got 8x8. Pass resize="pil'),
        (np.zeros((2, 6, 5, 3), "uint8"), "1 channel, which .*For colour images give extractor="),
    ],
)
def test_what_is_wrong_with_images(classifier, x, message):
    one = KerasExtractor(classifier, name="small")
    for method in (one.features, KerasExtractor(classifier, name="small").features):
        with pytest.raises(ValueError, match=message):
            method(x)


class WithoutInputs(keras.Model):
    def call(self, x):
        return x


def test_what_is_wrong_with_models(classifier):
    with pytest.raises(ValueError, match="flat, hidden, classes; got .hiden"):
        KerasExtractor(classifier, "hiden")
    with pytest.raises(ValueError, match='"none" or "pillow_bicubic"; got \'bilinear\''):
        KerasExtractor(classifier, resize="bilinear")
    with pytest.raises(ValueError, match=r"takes \[\(None, 4\)\]"):
        KerasExtractor(keras.Sequential([layers.Input((4,)), layers.Dense(2)]))
    with pytest.raises(ValueError, match=r"of one known size; .* takes \[\]"):
        KerasExtractor(WithoutInputs())
    x = layers.Input((8, 8, 1))
    flat = keras.Model(x, layers.Conv2D(2, 3)(x))
    with pytest.raises(ValueError, match="Name a layer after the pooling"):
        KerasExtractor(flat)
