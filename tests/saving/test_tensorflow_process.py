"""Exports from JAX and PyTorch, which a TensorFlow process writes."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
from reader import read

from keras_genzoo.saving import tensorflow_process

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="compares with samples of this process, which another backend draws differently",
)


OTHER_BACKEND = """
    import sys
    import keras, numpy as np
    import my_models
    import keras_genzoo as zoo

    assert keras.backend.backend() == "jax"
    folder = sys.argv[1]
    model = my_models.Mine.from_preset(folder + "/preset")
    z = np.linspace(-1, 1, 24, dtype="float32").reshape(3, 8)
    np.save(folder + "/decoded.npy", model.decode(z))
    model.export(folder + "/exported")
    try:
        path = model.export(folder + "/generator.onnx", format="onnx")
    except ImportError as error:
        print(error)
    else:
        import onnxruntime
        (decoded,) = onnxruntime.InferenceSession(path).run(None, {"z": z})
        np.save(folder + "/onnx_decoded.npy", decoded)
"""

MY_MODELS = """
    import keras
    import keras_genzoo as zoo

    @keras.saving.register_keras_serializable("my_models")
    class Mine(zoo.DCGAN):
        pass
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_export_from_jax(tmp_path):
    (tmp_path / "my_models.py").write_text(textwrap.dedent(MY_MODELS))
    code = {}
    exec(compile(textwrap.dedent(MY_MODELS), "my_models", "exec"), {"__name__": "my_models"}, code)
    model = code["Mine"](image_shape=(8, 8, 1), latent_dim=8, width=8)
    model.save_to_preset(tmp_path / "preset")

    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path), os.getcwd()]),
    }
    command = [sys.executable, "-c", textwrap.dedent(OTHER_BACKEND), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert f"SavedModel: {tmp_path}/exported/1" in done.stdout
    assert "decode(z float32(batch, 8)) -> images uint8(batch, 8, 8, 1)" in done.stdout

    found = read(tmp_path / "exported" / "1", tmp_path / "found.npz")
    # The weights are the same; the backends' arithmetic may differ by one grey level.
    decoded = np.load(tmp_path / "decoded.npy").astype(int)
    assert np.abs(found["decode_3"].astype(int) - decoded).max() <= 1
    np.testing.assert_array_equal(found["sample"], model.sample(5, seed=7))
    if importlib.util.find_spec("tf2onnx"):
        assert "generator.onnx: decode(z float32(batch, 8)) -> images uint8(batch, 8" in done.stdout
        of_onnx = np.load(tmp_path / "onnx_decoded.npy").astype(int)
        assert np.abs(of_onnx - decoded).max() <= 1
    else:
        assert "pip install 'keras_genzoo[onnx]'" in done.stdout


def test_failure_of_the_tensorflow_process_is_repeated(failing, tmp_path, monkeypatch, capsys):
    commands = []

    def run(command, env, **_):
        """The process, without starting one."""
        commands.append(command)
        assert env["KERAS_BACKEND"] == "tensorflow"
        status = tensorflow_process.main(command[3:])
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(command, status, out, "some log line\n" + err)

    monkeypatch.setattr(tensorflow_process.subprocess, "run", run)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match='"tf_saved_model": RuntimeError: no such network$'):
        failing.export(tmp_path / "dcgan")
    assert commands[0][1:3] == ["-m", "keras_genzoo.saving"]
    module = "keras_genzoo.models.gan.dcgan"
    assert commands[0][5:] == ["tf_saved_model", "{}", module]
    assert list(tmp_path.iterdir()) == []


def test_a_class_of_the_running_script_is_refused(trained, monkeypatch):
    monkeypatch.setattr(type(trained), "__module__", "__main__")
    with pytest.raises(ValueError, match="Move it into a module"):
        tensorflow_process._modules(keras.saving.serialize_keras_object(trained))
