import importlib.util
import os
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
from keras import ops

import keras_genzoo as zoo

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="compares with samples of this process, which another backend draws differently",
)

# A reader that has TensorFlow and no Keras.
READER = """
    import sys
    import numpy as np

    sys.modules["keras"] = sys.modules["keras_genzoo"] = None
    import tensorflow as tf

    path, result, extra = sys.argv[1:]
    model = tf.saved_model.load(path)
    call = model.signatures
    n, seed = tf.constant(5), tf.constant(7, tf.int64)
    z = tf.constant(np.linspace(-1, 1, 24, dtype="float32").reshape(3, 8))
    found = {
        "signatures": sorted(call),
        "inputs": sorted(call["sample"].structured_input_signature[1]),
        "variables": sorted(v.shape.num_elements() for v in model.weights),
        "sample": call["sample"](n=n, seed=seed)["images"],
        "serving_default": call["serving_default"](n=n, seed=seed)["images"],
        "other_seed": call["sample"](n=n, seed=seed + 1)["images"],
        "lists": call["sample"](n=tf.constant([5]), seed=tf.constant([7], tf.int64))["images"],
        "more": call["sample"](n=tf.constant(9), seed=seed)["images"],
        "decode_3": call["decode"](z=z)["images"],
        "decode_1": call["decode"](z=z[:1])["images"],
    }
    np.savez(result, **{key: np.asarray(value) for key, value in found.items()})
"""


def read(path, result, extra=""):
    """What a process without Keras finds in a SavedModel."""
    command = [sys.executable, "-c", textwrap.dedent(READER), str(path), str(result), extra]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(np.load(result))


@pytest.fixture(scope="module")
def exported(trained, tmp_path_factory):
    return trained.export(tmp_path_factory.mktemp("exported") / "dcgan", verbose=False)


@pytest.fixture(scope="module")
def found(exported, tmp_path_factory):
    return read(exported, tmp_path_factory.mktemp("found") / "found.npz")


def test_layout(exported):
    assert exported.name == "1" and (exported / "saved_model.pb").is_file()
    assert [path.name for path in exported.parent.iterdir()] == ["1"]
    umask = os.umask(0)
    os.umask(umask)
    # A server may run as another user.
    assert exported.stat().st_mode & 0o777 == 0o777 & ~umask


def test_signatures(found):
    assert list(found["signatures"]) == ["decode", "sample", "serving_default"]
    assert list(found["inputs"]) == ["n", "seed"]


def test_same_images_as_the_model_bit_for_bit(trained, found):
    assert found["sample"].dtype == np.uint8
    np.testing.assert_array_equal(found["sample"], trained.sample(5, seed=7))
    np.testing.assert_array_equal(found["serving_default"], found["sample"])
    np.testing.assert_array_equal(found["more"], trained.sample(9, seed=7))
    assert (found["other_seed"] != found["sample"]).any()


def test_scalars_may_come_as_lists(found):
    np.testing.assert_array_equal(found["lists"], found["sample"])


def test_decode_takes_any_batch(trained, found):
    z = np.linspace(-1, 1, 24, dtype="float32").reshape(3, 8)
    np.testing.assert_array_equal(found["decode_3"], trained.decode(z))
    np.testing.assert_array_equal(found["decode_1"], trained.decode(z[:1]))


def test_only_the_generator_is_stored(trained, found, exported):
    sizes = sorted(int(np.prod(v.shape)) for v in trained.generator.weights)
    assert list(found["variables"]) == sizes
    # On disk too: four bytes a number.
    data = exported / "variables" / "variables.data-00000-of-00001"
    assert sum(sizes) * 4 <= data.stat().st_size < sum(sizes) * 4 + 1000 + 40 * len(sizes)


def test_vectors_and_other_outputs(tmp_path, capsys):
    import tensorflow as tf

    model = zoo.NICE(num_features=2, hidden_units=8, hidden_layers=1)
    path = model.export(tmp_path)
    out = capsys.readouterr().out
    assert f"SavedModel: {path}" in out
    assert "  sample(n int32(), seed int64()) -> samples float32(batch, 2)" in out
    call = tf.saved_model.load(str(path)).signatures
    samples = call["sample"](n=tf.constant(3), seed=tf.constant(0, tf.int64))["samples"].numpy()
    np.testing.assert_allclose(samples, model.sample(3, seed=0), rtol=1e-5, atol=1e-6)
    z = call["encode"](x=tf.constant(samples))["z"].numpy()
    np.testing.assert_allclose(z, model.encode(samples), rtol=1e-5, atol=1e-5)


def test_signatures_that_name_their_outputs(trained, tmp_path, monkeypatch):
    import tensorflow as tf

    def statistics(z):
        return {"mean": ops.mean(z), "largest": ops.max(z)}

    signatures = {"statistics": (statistics, {"z": ((None, 8), "float32")})}
    monkeypatch.setattr(type(trained), "signatures", lambda self: signatures)
    call = tf.saved_model.load(str(trained.export(tmp_path, verbose=False))).signatures
    assert set(call["statistics"].structured_outputs) == {"mean", "largest"}
    # Without "sample", the first signature is the one that a server calls unasked.
    assert set(call["serving_default"].structured_outputs) == {"mean", "largest"}


def test_what_does_not_fit_is_an_error_that_says_so(tmp_path):
    import tensorflow as tf

    model = zoo.VAE(image_shape=(4, 4, 1), latent_dim=2, hidden_units=(4,))
    call = tf.saved_model.load(str(model.export(tmp_path, verbose=False))).signatures
    seed = tf.constant([0], tf.int64)
    for n in ([5, 6], []):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected n, one number; got sh"):
            call["sample"](n=tf.constant(n, tf.int32), seed=seed)
    # Unchecked, two channels would pass for twice as many images.
    for shape in ([3, 4, 4, 2], [3, 4, 4], [3, 8, 8, 1]):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"expected shape \[\?,4,4,1\]"):
            call["encode"](x=tf.zeros(shape, tf.uint8))


def test_the_model_still_trains(tmp_path, images):
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8)
    model.compile()
    model.fit(images, batch_size=12, verbose=0)
    before = model.sample(4, seed=0)
    model.export(tmp_path, verbose=False)
    np.testing.assert_array_equal(model.sample(4, seed=0), before)
    model.fit(images, batch_size=12, verbose=0)
    assert (model.sample(4, seed=0) != before).any()


# ---------------------------------------------------------------------- whole or not at all


def test_an_existing_version_stays_byte_for_byte(trained, tmp_path, contents):
    trained.export(tmp_path, version=3, verbose=False)
    before = contents(tmp_path)
    with pytest.raises(FileExistsError, match=r"version=4, or overwrite=True"):
        trained.export(tmp_path, version=3)
    assert contents(tmp_path) == before


def test_overwrite_replaces_a_version(trained, tmp_path, capsys):
    import tensorflow as tf

    (tmp_path / "1" / "variables").mkdir(parents=True)
    (tmp_path / "1" / "variables" / "old").write_text("old")
    path = trained.export(tmp_path, overwrite=True, verbose=False)
    assert capsys.readouterr().out == ""
    assert not (path / "variables" / "old").exists()
    assert "sample" in tf.saved_model.load(str(path)).signatures


@pytest.fixture
def failing(trained, monkeypatch):
    def fail(z):
        raise RuntimeError("no such network")

    signatures = {**trained.signatures(), "decode": (fail, {"z": ((None, 8), "float32")})}
    monkeypatch.setattr(type(trained), "signatures", lambda self: signatures)
    return trained


def test_a_failing_export_leaves_nothing(failing, tmp_path, contents):
    with pytest.raises(RuntimeError, match="no such network"):
        failing.export(tmp_path / "models" / "dcgan")
    assert list(tmp_path.iterdir()) == []


def test_failing_to_overwrite_keeps_the_old_version(trained, tmp_path, contents, monkeypatch):
    import tensorflow as tf

    trained.export(tmp_path, verbose=False)
    before = contents(tmp_path)
    save = tf.saved_model.save

    def interrupted(archive, folder, **kwargs):
        save(archive, folder, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(tf.saved_model, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained.export(tmp_path, overwrite=True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("version", [0, -1, 1.0, "1", True, None])
def test_versions_are_positive_integers(trained, tmp_path, version):
    with pytest.raises(ValueError, match="Expected version, a positive integer"):
        trained.export(tmp_path / "a", version=version)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(trained, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Expected a folder that can be written"):
        trained.export(tmp_path / "file" / "dcgan")


# ---------------------------------------------------------------------- from JAX

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


@pytest.fixture
def export_module():
    # `saving.export` is the function.
    return importlib.import_module("keras_genzoo.saving.export")


def test_failure_of_the_tensorflow_process_is_repeated(
    trained, failing, export_module, tmp_path, monkeypatch, capsys
):
    commands = []

    def run(command, env, **_):
        """The process, without starting one."""
        commands.append(command)
        assert env["KERAS_BACKEND"] == "tensorflow"
        status = export_module.main(command[3:])
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(command, status, out, "some log line\n" + err)

    monkeypatch.setattr(export_module.subprocess, "run", run)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="SavedModel: RuntimeError: no such network$"):
        failing.export(tmp_path / "dcgan")
    assert commands[0][1:3] == ["-m", "keras_genzoo.saving"]
    assert commands[0][5:] == ["keras_genzoo.models.gan.dcgan"]
    assert list(tmp_path.iterdir()) == []


def test_a_class_of_the_running_script_is_refused(trained, export_module, monkeypatch):
    monkeypatch.setattr(type(trained), "__module__", "__main__")
    with pytest.raises(ValueError, match="Move it into a module"):
        export_module._modules(keras.saving.serialize_keras_object(trained))
