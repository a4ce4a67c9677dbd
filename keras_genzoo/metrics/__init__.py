"""Sample quality: pure functions of feature arrays (n, d), in NumPy's float64 on every backend."""

from keras_genzoo.metrics.density_coverage import DensityCoverage, density_coverage
from keras_genzoo.metrics.frechet import (
    FeatureStatistics,
    frechet_distance,
    frechet_distance_from_statistics,
)
from keras_genzoo.metrics.inception import inception_score
from keras_genzoo.metrics.kernel import kernel_distance
from keras_genzoo.metrics.memorization import Memorization, memorization, nearest_neighbors
from keras_genzoo.metrics.modes import LabelledModes, ModeCoverage, labelled_modes, mode_coverage
from keras_genzoo.metrics.precision_recall import PrecisionRecall, precision_recall
from keras_genzoo.metrics.score import Score

__all__ = [
    "DensityCoverage",
    "FeatureStatistics",
    "LabelledModes",
    "Memorization",
    "ModeCoverage",
    "PrecisionRecall",
    "Score",
    "density_coverage",
    "frechet_distance",
    "frechet_distance_from_statistics",
    "inception_score",
    "kernel_distance",
    "labelled_modes",
    "memorization",
    "mode_coverage",
    "nearest_neighbors",
    "precision_recall",
]
