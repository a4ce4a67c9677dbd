"""Preset folders, checksums, exported models: functions that know no model by name."""

from keras_genzoo.saving.export import export
from keras_genzoo.saving.loading import load_preset
from keras_genzoo.saving.preset import presets_of, zoo_folder, zoo_presets
from keras_genzoo.saving.signature import Signature
from keras_genzoo.saving.taken_over import TakenOver
from keras_genzoo.saving.writing import describe_preset, save_preset

__all__ = [
    "Signature",
    "TakenOver",
    "describe_preset",
    "export",
    "load_preset",
    "presets_of",
    "save_preset",
    "zoo_folder",
    "zoo_presets",
]
