"""Preset folders, checksums, SavedModel export: functions that know no model by name."""

from keras_genzoo.saving.export import export
from keras_genzoo.saving.preset import load_preset, save_preset, zoo_folder, zoo_presets

__all__ = ["export", "load_preset", "save_preset", "zoo_folder", "zoo_presets"]
