"""Callbacks that Keras lacks; its own work with these models too."""

from keras_genzoo.callbacks.diagnostics import Diagnostics
from keras_genzoo.callbacks.evaluate_samples import EvaluateSamples
from keras_genzoo.callbacks.resume_training import ResumeTraining
from keras_genzoo.callbacks.sample_grid import SampleGrid

__all__ = ["Diagnostics", "EvaluateSamples", "ResumeTraining", "SampleGrid"]
