"""Models of every family by one ruler: likelihood, samples, representation, cost."""

from keras_genzoo.evaluation.comparing import FAMILIES, compare
from keras_genzoo.evaluation.comparison import Comparison, Entry
from keras_genzoo.evaluation.measured import Measured
from keras_genzoo.evaluation.ruler import METRICS, STAGES, Ruler

__all__ = ["FAMILIES", "METRICS", "STAGES", "Comparison", "Entry", "Measured", "Ruler", "compare"]
