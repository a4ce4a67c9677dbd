"""What metrics look at images through: networks whose features are compared."""

from keras_genzoo.metrics.features.digits_fashion import embedded_extractor
from keras_genzoo.metrics.features.extractors import FeatureExtractor, KerasExtractor
from keras_genzoo.metrics.features.inception import InceptionGraph

__all__ = ["FeatureExtractor", "InceptionGraph", "KerasExtractor", "embedded_extractor"]
