"""ONNX and Keras's other formats: files of a function each, which give what the model gives."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
from folders import contents
from keras import ops

import keras_genzoo as zoo
from keras_genzoo.saving import Signature, formats

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="the formats are written by TensorFlow; from JAX, see test_tensorflow_process.py",
)


def needs(*packages):
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(
        bool(missing), reason=f"{', '.join(missing)} not installed; make test-long installs it"
    )


onnx = needs("onnx", "tf2onnx", "onnxruntime")


def run_onnx(path, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    assert [one.name for one in session.get_inputs()] == list(inputs)
    names = [one.name for one in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


def run_litert(path, inputs):
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(str(path))
    assert interpreter.get_signature_list()["serving_default"]["inputs"] == sorted(inputs)
    return interpreter.get_signature_runner()(**inputs)


def run_openvino(path, inputs):
    import openvino

    options = {"INFERENCE_PRECISION_HINT": "f32"}
    model = openvino.Core().compile_model(path, "CPU", options)
    results = model(inputs)
    names = {name for one in model.outputs for name in one.get_names() if ":" not in name}
    return {name: results[name] for name in names}


RUN = {"onnx": run_onnx, "litert": run_litert, "openvino": run_openvino}
READERS = [
    pytest.param("onnx", marks=onnx),
    "litert",
    pytest.param("openvino", marks=needs("openvino")),
]

IMAGE = {"image_shape": (8, 8, 1)}
MODELS = {
    "vae": lambda: zoo.VAE(**IMAGE, latent_dim=4, hidden_units=(16,)),
    "dcgan": lambda: zoo.DCGAN(image_shape=(12, 12, 3), latent_dim=4, width=8),
    "nice": lambda: zoo.NICE(num_features=4, hidden_units=8, num_couplings=2),
    "pixel_cnn": lambda: zoo.PixelCNN(**IMAGE, levels=4, num_blocks=1, width=8),
}


@pytest.fixture(scope="module")
def models():
    keras.utils.set_random_seed(0)
    return {name: build() for name, build in MODELS.items()}


@pytest.fixture
def vae(models):
    return models["vae"]


# ---------------------------------------------------------------------- the same as the model


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.parametrize("format", READERS)
@pytest.mark.parametrize(
    "name", ["vae", *(pytest.param(name, marks=pytest.mark.long) for name in ("dcgan", "nice"))]
)
def test_functions_give_what_the_model_gives(models, tmp_path, format, name):
    model = models[name]
    model.export(tmp_path, format=format, verbose=False)
    rng = np.random.default_rng(0)
    z = rng.normal(size=(5, 4)).astype("float32")
    x = rng.integers(0, 256, (5, *model.spec.shape))
    x = x.astype("uint8" if model.spec.is_image else "float32")
    data = model.spec.name
    expected = {"decode": ("z", z, data)}
    if name != "dcgan":
        expected["encode"] = (data, x, "z")
    if name == "vae":
        expected["reconstruct"] = ("images", x, "images_out")
    suffix = formats.FORMATS[format].suffixes[0]
    assert {path.stem for path in tmp_path.iterdir()} == set(expected)
    for function, (given, array, got) in expected.items():
        want = getattr(model, function)(array)
        for n in (5, 1):  # the batch is of any size
            outputs = RUN[format](tmp_path / f"{function}{suffix}", {given: array[:n]})
            assert list(outputs) == [got] and outputs[got].dtype == want.dtype
            off = np.abs(outputs[got].astype(float) - want[:n]).max()
            assert off <= (1 if want.dtype == np.uint8 else 1e-5)


def two_inputs(z, w):
    return {"both": z + w, "product": ops.sum(z * w, axis=-1)}


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.parametrize("format", READERS)
def test_several_inputs_and_outputs_keep_their_names(vae, tmp_path, monkeypatch, format):
    kind = ((None, 3), "float32")
    signature = Signature(two_inputs, {"z": kind, "w": kind}, output="unused")
    monkeypatch.setattr(type(vae), "signatures", lambda self: {"two": signature})
    path = tmp_path / f"two{formats.FORMATS[format].suffixes[0]}"
    assert vae.export(path, format=format, verbose=False) == path
    z = np.arange(6, dtype="float32").reshape(2, 3)
    outputs = RUN[format](path, {"z": z, "w": z + 1})
    assert outputs.keys() == {"both", "product"}
    np.testing.assert_allclose(outputs["both"], 2 * z + 1)
    np.testing.assert_allclose(outputs["product"], (z * (z + 1)).sum(axis=-1))


@onnx
def test_only_the_weights_of_the_function_are_stored(models, tmp_path):
    import onnx

    model = models["dcgan"]
    path = model.export(tmp_path / "dcgan.onnx", format="onnx", verbose=False)
    stored = sum(np.prod(one.dims) for one in onnx.load(path).graph.initializer)
    # Batch norm's statistics are folded into the weights; shapes are stored as well.
    assert stored <= model.generator.count_params() + 200 < model.count_params()


@pytest.mark.long
def test_the_model_still_trains(tmp_path):
    model = MODELS["vae"]()
    model.compile()
    x = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), "uint8")
    before = model.sample(4, seed=0)
    model.export(tmp_path / "d.tflite", format="litert", signature="decode", verbose=False)
    np.testing.assert_array_equal(model.sample(4, seed=0), before)
    model.fit(x, batch_size=10, verbose=0)
    assert (model.sample(4, seed=0) != before).any()


# ---------------------------------------------------------------------- where it goes


def test_one_function_goes_to_a_file(vae, tmp_path, capsys):
    path = vae.export(tmp_path / "e.tflite", "litert", signature="encode")
    assert path == tmp_path / "e.tflite" and list(contents(tmp_path)) == ["e.tflite"]
    line = "  e.tflite: encode(images uint8(batch, 8, 8, 1)) -> z float32(batch, 4)"
    assert capsys.readouterr().out == f"litert: {path}\n{line}\n"
    vae.export(tmp_path / "a", "litert", signature="encode", verbose=False)
    assert list(contents(tmp_path / "a")) == ["encode.tflite"]
    with pytest.raises(ValueError, match="signature, one of decode, encode, reconstruct, since"):
        vae.export(tmp_path / "all.tflite", "litert")


def test_what_is_there_stays_unless_overwritten(vae, tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "decode.tflite").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(FileExistsError, match=r"has decode.tflite. Pass overwrite=True"):
        vae.export(tmp_path, "litert")
    assert contents(tmp_path) == before
    vae.export(tmp_path, "litert", signature="decode", overwrite=True, verbose=False)
    after = contents(tmp_path)
    assert after.keys() == {"1", "decode.tflite"}
    assert after["decode.tflite"] != before["decode.tflite"]


def test_files_are_written_whole_or_not_at_all(vae, tmp_path, monkeypatch):
    write = formats.Function.write

    def fails_at_the_second(self, path, format):
        if path.stem == "encode":
            raise RuntimeError("no such operation")
        write(self, path, format)

    (tmp_path / "decode.tflite").write_text("old")
    before = contents(tmp_path)
    monkeypatch.setattr(formats.Function, "write", fails_at_the_second)
    with pytest.raises(RuntimeError, match="no such operation"):
        vae.export(tmp_path, "litert", overwrite=True)
    assert contents(tmp_path) == before


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("format", "arguments", "message"),
    [
        ("onxx", {}, r"format, one of tf_saved_model, onnx, .*; got 'onxx'. Did you mean 'onnx'\?"),
        (None, {}, "format, one of .*; got None"),
        ("litert", {"signature": "decod"}, r"got 'decod'. Did you mean 'decode'"),
        ("litert", {"signature": "sample"}, "draws nothing, .*'sample', .*only a SavedModel draws"),
        ("litert", {"version": 2}, 'version with format="tf_saved_model" alone; got version=2'),
        ("tf_saved_model", {"signature": "decode"}, "signature with onnx, litert, .*Leave it out"),
        ("torch", {}, "Expected the PyTorch backend .*; got tensorflow. .*KERAS_BACKEND=torch"),
    ],
)
def test_what_does_not_go_together(vae, tmp_path, format, arguments, message):
    with pytest.raises(ValueError, match=message):
        vae.export(tmp_path / "a", format, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_suffix_of_another_format(vae, tmp_path):
    with pytest.raises(ValueError, match=r"ends in .tflite, for .*Do .*a.tflite\.$"):
        vae.export(tmp_path / "a.onnx", "litert", signature="decode")


def test_a_model_that_draws_all_it_gives(models, tmp_path):
    with pytest.raises(
        ValueError,
        match=r"PixelCNN has sample and log_likelihood alone, .*model.network.export\(path, format",
    ):
        models["pixel_cnn"].export(tmp_path / "a.onnx", "onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named(vae, tmp_path, monkeypatch):
    monkeypatch.setattr(formats.importlib.util, "find_spec", lambda name: name != "tf2onnx" or None)
    with pytest.raises(ImportError, match=r"Expected tf2onnx to .*install 'keras_genzoo\[onnx\]'"):
        vae.export(tmp_path / "a", "onnx")
    assert list(tmp_path.iterdir()) == []


def test_other_dtypes_than_float32_are_refused(tmp_path):
    # ONNX Runtime cannot load what would be written in bfloat16, nor LiteRT float16 or float64.
    model = zoo.VAE(**IMAGE, latent_dim=4, hidden_units=(16,), dtype="mixed_bfloat16")
    with pytest.raises(ValueError, match='in float32, .*; got bfloat16.*, dtype="float32"'):
        model.export(tmp_path / "a", "litert")
    model.save_to_preset(tmp_path / "preset")
    again = zoo.from_preset(str(tmp_path / "preset"), dtype="float32")
    again.export(tmp_path / "a.tflite", "litert", signature="decode", verbose=False)


def test_weights_that_are_not_finite_are_refused(tmp_path):
    model = MODELS["vae"]()
    kernel = model.trainable_variables[0]
    kernel.assign(np.full(kernel.shape, np.nan))
    with pytest.raises(ValueError, match="Expected finite weights for an export to .*/a; got NaN"):
        model.export(tmp_path / "a", "litert")
    path = tmp_path / "d.tflite"
    model.export(path, "litert", signature="decode", allow_non_finite=True, verbose=False)
    assert path.is_file()


# ---------------------------------------------------------------------- from PyTorch

ON_PYTORCH = """
    import sys
    import keras, numpy as np, torch
    import keras_genzoo as zoo

    folder = sys.argv[1]
    model = zoo.VAE(image_shape=(8, 8, 1), latent_dim=4, hidden_units=(16,))
    z = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    model.export(folder, format="torch")
    program = torch.export.load(folder + "/decode.pt2").module()
    for n in (5, 1):
        off = program(torch.tensor(z[:n]))["images"].numpy().astype(int) - model.decode(z[:n])
        assert np.abs(off).max() <= 1, off
    model.export(folder, format="litert")
"""


@pytest.mark.long
@needs("torch")
def test_export_from_pytorch(tmp_path):
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    environment["PYTHONPATH"] = os.pathsep.join([*filter(None, sys.path), os.getcwd()])
    command = [sys.executable, "-c", textwrap.dedent(ON_PYTORCH), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    for suffix in ("pt2", "tflite"):
        assert f"reconstruct.{suffix}: reconstruct(images uint8(batch, 8, 8, 1))" in done.stdout
        assert (tmp_path / f"encode.{suffix}").is_file()


@onnx
def test_a_function_that_onnx_does_not_know_is_no_file(vae, tmp_path, monkeypatch):
    kind = ((None, 3), "float32")
    signature = Signature(lambda z: ops.log1p(z), {"z": kind}, output="y")
    monkeypatch.setattr(type(vae), "signatures", lambda self: {"odd": signature})
    with pytest.raises(ValueError, match="functions that ONNX knows; odd has others.*Log1p"):
        vae.export(tmp_path / "odd.onnx", format="onnx", verbose=False)
    assert not list(tmp_path.iterdir())


def test_signatures_of_old_and_files_without_a_format(vae, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r'folder for a SavedModel; got .*Pass format="onnx"'):
        vae.export(tmp_path / "vae.onnx")
    monkeypatch.setattr(type(vae), "signatures", lambda self: {"decode": (len, {})})
    with pytest.raises(ValueError, match="Signature objects; got a tuple for 'decode'"):
        vae.export(tmp_path)
