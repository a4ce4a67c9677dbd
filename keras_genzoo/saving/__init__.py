"""Preset folders, checksums, exported models: functions that know no model by name."""

from keras_genzoo.saving.export import export
from keras_genzoo.saving.loading import load_preset
from keras_genzoo.saving.preset import zoo_folder, zoo_presets
from keras_genzoo.saving.signature import Signature
from keras_genzoo.saving.writing import save_preset

__all__ = ["Signature", "export", "load_preset", "save_preset", "zoo_folder", "zoo_presets"]
