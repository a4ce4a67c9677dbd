"""Preset folders, checksums, SavedModel export: functions that know no model by name."""
def save_preset(*a,**k): raise NotImplementedError
load_preset=export=save_preset
