"""How any model trains: the base model, one optimizer per network, noise, samples."""

from keras_genzoo.backends import input_gradient
from keras_genzoo.engine.data_spec import DataSpec
from keras_genzoo.engine.generative_model import GenerativeModel
from keras_genzoo.engine.inputs import Noise, Source
from keras_genzoo.engine.optimizer import PerNetworkOptimizer

__all__ = [
    "DataSpec",
    "GenerativeModel",
    "Noise",
    "PerNetworkOptimizer",
    "Source",
    "input_gradient",
]
