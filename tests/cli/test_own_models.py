"""Models of one's own on the command line, as MODULE:CLASS."""

from pathlib import Path

import numpy as np
import pytest
from command import fails, ok

from keras_genzoo.evaluation import Comparison


def test_train_and_sample_a_model_of_ones_own(own_module):
    settings = ["--image-size", 8, "--limit", 40, "--batch-size", 20, "--set", "softness=2",
                "--set", "hidden_units=4", "--set", "hidden_layers=1", "--epochs", 1]  # fmt: skip
    text = ok("train", f"{own_module}:Own", *settings)
    preset = Path("runs") / f"{own_module}.Own_digits" / "preset"
    assert f"keras-genzoo --import {own_module} sample {preset}" in text
    own_module.forget()
    assert "name its module by --import" in fails(1, "sample", preset)
    ok("--import", own_module, "sample", preset, "--out", "x.npy")
    assert np.load("x.npy").shape == (16, 8, 8, 1)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("no_such_module_here:Own", "got 'no_such_module_here': No module named"),
        ("MODULE:Owm", "there is none of that name"),
        ("MODULE:number", "a subclass of keras_genzoo.GenerativeModel; it is 3"),
        ("MODULE:Unregistered", "@keras.saving.register_keras_serializable"),
    ],
)
def test_what_is_no_model_of_ones_own(own_module, model, message):
    error = fails(2, "train", model.replace("MODULE", own_module))
    assert message in error
    assert not Path("runs").exists()


def test_compare_trains_a_model_of_ones_own(own_module):
    name = f"{own_module}:Own"
    settings = ["--image-size", 8, "--limit", 70, "--epochs", 1, "--metrics", "parameters",
                "--set", f"{name}.hidden_units=4", "--set", f"{name}.softness=2"]  # fmt: skip
    ok("compare", name, *settings, "--out", "runs")
    (entry,) = Comparison.from_json(Path("runs/comparison.json").read_text()).models.values()
    assert (entry.class_name, entry.family) == ("Own", "flow")
    assert entry.training["settings"] == {"hidden_units": 4, "softness": 2}
    own_module.forget()
    assert "trained already" in ok("compare", name, *settings, "--out", "runs")
    preset = Path("runs", name.replace(":", "_"), "preset")
    own_module.forget()
    text = ok("--import", own_module, "compare", preset, *settings[:8], "--out", "loaded")
    assert "flow" in text


def test_compare_of_what_is_no_model_of_ones_own(own_module):
    assert "there is none of that name" in fails(2, "compare", "vae", f"{own_module}:Owm")
    assert not Path("runs").exists()
