"""How good a model is: functions of arrays, in NumPy's float64 on every backend, and scores.

Distances, precision and recall, modes and memorization are functions of features, probabilities or
points. `SampleQuality`, `mode_coverage_of`, `stacked_modes` and `linear_probe` take a model, and
give each figure as a `Score`, which says by what protocol it was measured. `features` are the
networks that images are looked at through, `cost` what a model takes to train and to sample.
Annealed importance sampling is at home in `likelihood`; its names are here as well.
"""

from keras_genzoo.likelihood.annealed_importance_sampling import (
    BidirectionalGap,
    annealed_importance_sampling,
    bidirectional_gap,
)
from keras_genzoo.metrics.class_accuracy import class_accuracy
from keras_genzoo.metrics.density_coverage import DensityCoverage, density_coverage
from keras_genzoo.metrics.features import (
    FeatureExtractor,
    InceptionGraph,
    KerasExtractor,
    embedded_extractor,
)
from keras_genzoo.metrics.frechet import (
    FeatureStatistics,
    frechet_distance,
    frechet_distance_from_statistics,
)
from keras_genzoo.metrics.inception_score import ProbabilityStatistics, inception_score
from keras_genzoo.metrics.kernel import kernel_distance
from keras_genzoo.metrics.memorization import Memorization, memorization, nearest_neighbors
from keras_genzoo.metrics.memorization_picture import memorization_picture
from keras_genzoo.metrics.mode_scores import mode_coverage_of, stacked_modes
from keras_genzoo.metrics.modes import LabelledModes, ModeCoverage, labelled_modes, mode_coverage
from keras_genzoo.metrics.precision_recall import PrecisionRecall, precision_recall
from keras_genzoo.metrics.representation import linear_probe
from keras_genzoo.metrics.sample_quality import SampleQuality
from keras_genzoo.metrics.score import Score
from keras_genzoo.metrics.streams import samples_of

__all__ = [
    "BidirectionalGap",
    "DensityCoverage",
    "FeatureExtractor",
    "FeatureStatistics",
    "InceptionGraph",
    "KerasExtractor",
    "LabelledModes",
    "Memorization",
    "ModeCoverage",
    "PrecisionRecall",
    "ProbabilityStatistics",
    "SampleQuality",
    "Score",
    "annealed_importance_sampling",
    "bidirectional_gap",
    "class_accuracy",
    "density_coverage",
    "embedded_extractor",
    "frechet_distance",
    "frechet_distance_from_statistics",
    "inception_score",
    "kernel_distance",
    "labelled_modes",
    "linear_probe",
    "memorization",
    "memorization_picture",
    "mode_coverage",
    "mode_coverage_of",
    "nearest_neighbors",
    "precision_recall",
    "samples_of",
    "stacked_modes",
]
