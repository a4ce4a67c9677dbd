"""How any model trains: the base model, one optimizer per network, noise, samples."""

from keras_genzoo.backends import input_gradient
from keras_genzoo.engine.data_spec import DataSpec
from keras_genzoo.engine.generative_model import GenerativeModel
from keras_genzoo.engine.optimizer import PerNetworkOptimizer
from keras_genzoo.engine.sampling import Noise, Source

__all__ = [
    "DataSpec",
    "GenerativeModel",
    "Noise",
    "PerNetworkOptimizer",
    "Source",
    "input_gradient",
]
