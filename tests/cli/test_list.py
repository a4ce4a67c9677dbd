"""`keras-genzoo list`."""

import json
import re

from command import ok

import keras_genzoo as zoo
from keras_genzoo.models.catalogue import ROWS


def test_list_names_all_models_with_their_papers_and_data():
    text = ok("list")
    for name, row in ROWS.items():
        assert re.search(rf"\b{name}\b", text)
        for word in str(row.paper).split():
            assert word in text
    for name in ("digits", "patches", "ring", "grid", "moons", "mnist"):
        assert re.search(rf"\b{name}\b", text), name


def test_list_tells_the_model_of_a_preset_by_its_metadata(tmp_path, monkeypatch):
    monkeypatch.setattr(zoo.saving.preset, "zoo_folder", lambda: tmp_path)
    monkeypatch.setattr(zoo.saving, "zoo_folder", lambda: tmp_path)
    for name, class_name in (("gan_x", "keras_genzoo>WGANGP"), ("pixel_cnn_y", "mine>Other")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metadata.json").write_text(json.dumps({"class_name": class_name}))
    text = ok("list")
    assert re.search(r"gan_x +│ wgan_gp +│", text)
    assert re.search(r"pixel_cnn_y +│ Other +│", text)
