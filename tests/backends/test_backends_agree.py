"""From equal weights and equal noise, the first steps are those that TensorFlow takes."""

import os
import subprocess
import sys
from pathlib import Path

import first_steps
import keras
import numpy as np
import pytest
from zoo_cases import CASES, LIGHT, over


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """TensorFlow's answer, from a process of its own."""
    out = tmp_path_factory.mktemp("reference") / "steps.npz"
    program = Path(first_steps.__file__)
    paths = [str(program.parent), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    subprocess.run([sys.executable, program, out], env=environment, check=True)
    return np.load(out)


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="TensorFlow is what others are compared with"
)
@pytest.mark.parametrize("name", over({name: name for name in CASES}, core=LIGHT))
def test_first_three_steps_agree_with_tensorflow(reference, name):
    got = first_steps.first_steps(CASES[name])
    assert sum(key.startswith("step") for key in got) >= 3 * 2
    for key, value in got.items():
        np.testing.assert_allclose(
            value, reference[f"{name}/{key}"], rtol=1e-4, atol=1e-4, err_msg=key
        )
