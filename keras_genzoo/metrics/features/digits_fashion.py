"""The feature network that comes with the package: handwritten digits and clothing, 28x28 grey."""

import functools
import json
from pathlib import Path

import keras
from keras import layers

from keras_genzoo.metrics.features.extractors import KerasExtractor
from keras_genzoo.support.files import sha256
from keras_genzoo.support.undisturbed import undisturbed

FOLDER = Path(__file__).parent / "embedded_features"
WEIGHTS = FOLDER / "model.weights.h5"
METADATA = FOLDER / "metadata.json"

NAME = "digits_fashion"
# Classes 0..9 are MNIST's digits, 10..19 Fashion-MNIST's clothes.
NUM_CLASSES = 20
NUM_DIGITS = 10


def feature_network() -> keras.Model:
    """The network, untrained: pixels (n, 28, 28, 1) in 0..255 to probabilities (n, 20).

    Its layer "features" (n, 64) is the average over 4x4 positions of the last convolution's ReLU.
    """
    x = inputs = layers.Input((28, 28, 1))
    x = layers.Rescaling(1 / 255)(x)
    for filters, strides in ((32, 1), (32, 2), (48, 1), (64, 2), (64, 2)):
        x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D(name="features")(x)
    x = layers.Dense(NUM_CLASSES, activation="softmax", name="classes")(x)
    return keras.Model(inputs, x, name=NAME)


@functools.cache
def embedded_extractor() -> KerasExtractor:
    """The extractor that comes with the package: 64 features of grey images, no download.

    A small convolutional network, trained to tell the 10 digits of MNIST and the 10 kinds of
    clothes of Fashion-MNIST apart on the two training sets, by `examples/train_feature_network.py`;
    `embedded_features/metadata.json` has its test accuracies. Images of another size than 28x28
    are resized (bicubic, antialiased, as `zoo.data.load` enlarges its digits); three channels are
    an error.

    Its distances are on a scale of their own, and compare with no FID of Inception features. On
    MNIST's test set, 5,000 images against the 5,000 others: Fréchet distance 0.06, recall 0.85,
    coverage 0.97; without one of the digits, 4,300 images: at least 0.66, at most 0.80 and 0.88;
    uniform noise: 135, 0 and 0.

    Raises:
        ValueError: The installed weights are not those that were shipped.
    """
    wanted = json.loads(METADATA.read_text())["sha256"]
    if (got := sha256(WEIGHTS)) != wanted:
        raise ValueError(
            f"{WEIGHTS} was altered or truncated: expected SHA-256 {wanted}; got {got}. Install "
            "the package again."
        )
    with undisturbed():
        model = feature_network()
    model.load_weights(WEIGHTS)
    extractor = KerasExtractor(
        model, "features", classes_layer="classes", name=NAME, resize="pillow_bicubic"
    )
    extractor.sha256 = wanted
    return extractor
