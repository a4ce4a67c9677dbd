"""A feature network that is made at once, for tests that need some extractor and no good one."""

import functools

import keras
import numpy as np
from keras import layers

from keras_genzoo.metrics import KerasExtractor


@functools.cache
def tiny_extractor(side: int = 8) -> KerasExtractor:
    """Eight features and ten class probabilities of grey images, by fixed random weights."""
    x = keras.Input((side, side, 1))
    h = layers.Flatten()(layers.Rescaling(1 / 255)(x))
    h = layers.Dense(8, activation="tanh", name="features")(h)
    classes = layers.Dense(10, activation="softmax", name="classes")(h)
    model = keras.Model(x, classes)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.2, w.shape).astype("float32") for w in model.get_weights()])
    return KerasExtractor(model, "features", classes_layer="classes", name="tiny")
