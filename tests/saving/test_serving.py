"""Exports in an environment as old as the newest released TensorFlow Serving."""

import subprocess
import textwrap
from pathlib import Path

import keras
import numpy as np
import pytest
from contract import close

import keras_genzoo as zoo

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-serving" / "bin" / "python"
VERSION = "2.20."

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON.exists(), reason="no TensorFlow of a server: make serving"),
    pytest.mark.skipif(
        keras.backend.backend() != "tensorflow",
        reason="compares with samples of this process, which another backend draws differently",
    ),
]

IMAGE = {"image_shape": (8, 8, 1)}
FAMILIES = {
    "adversarial": lambda: zoo.DCGAN(**IMAGE, latent_dim=4, width=8),
    "autoencoder": lambda: zoo.VAE(**IMAGE, latent_dim=4, hidden_units=(16,)),
    "flow": lambda: zoo.NICE(num_features=4, hidden_units=8, num_couplings=2),
    "autoregressive": lambda: zoo.PixelCNN(**IMAGE, levels=4, num_blocks=1, width=8),
}

# All that the models offer, each function fed with what another gave.
SERVER = """
    import sys
    import numpy as np
    import tensorflow as tf

    found = {"version": tf.__version__}
    for folder in sys.argv[2:]:
        call = tf.saved_model.load(folder + "/1").signatures
        seed = tf.constant(7, tf.int64)
        data = call["sample"](n=tf.constant(5), seed=seed)
        results = {"sample": data, "serving_default": call["serving_default"](n=[5], seed=[7])}
        if "log_likelihood" in call:
            results["log_likelihood"] = call["log_likelihood"](**data, seed=seed)
        if "encode" in call:
            results["encode"] = call["encode"](**data)
            results["decode"] = call["decode"](**results["encode"])
        for name, outputs in results.items():
            (found[folder + "/" + name],) = (value.numpy() for value in outputs.values())
    np.savez(sys.argv[1], **found)
"""


def served(*command, folder):
    done = subprocess.run([PYTHON, *command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def models():
    keras.utils.set_random_seed(0)
    return {name: build() for name, build in FAMILIES.items()}


@pytest.fixture(scope="module")
def folder(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    for name, model in models.items():
        model.export(folder / name, verbose=False)
    return folder


@pytest.fixture(scope="module")
def found(folder):
    served("-c", textwrap.dedent(SERVER), "found.npz", *FAMILIES, folder=folder)
    return dict(np.load(folder / "found.npz"))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_server_gives_what_the_model_gives(models, found, family):
    assert str(found["version"]).startswith(VERSION)
    model, results = models[family], {}
    for key, value in found.items():
        if key.startswith(f"{family}/"):
            results[key.rpartition("/")[2]] = value
    samples = model.sample(5, seed=7)
    close(results["sample"], samples)
    np.testing.assert_array_equal(results["serving_default"], results["sample"])
    if "encode" in results:
        close(results["encode"], model.encode(samples))
        close(results["decode"], model.decode(results["encode"]))
    if family in ("flow", "autoregressive"):  # no draws: vectors, and pixels as they are
        close(results["log_likelihood"], model.log_likelihood(samples))


def test_the_example_runs_there(models, folder):
    script = ROOT / "examples" / "sample_savedmodel.py"
    out = served(script, "adversarial", "--n", "9", "--seed", "3", "--out", "x.png", folder=folder)
    assert f"TensorFlow {VERSION}" in out
    close(np.load(folder / "x.npy"), models["adversarial"].sample(9, seed=3))
