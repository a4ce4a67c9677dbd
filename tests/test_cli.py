"""The command line: what it writes, what it says, and its exit status."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import typer
from command import fails, ok, run
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo import cli
from keras_genzoo.registry import MODELS

ROOT = Path(__file__).parents[1]
COMMANDS = ["list", "train", "sample", "evaluate", "compare", "export"]
TINY = ["--image-size", "8", "--limit", "40", "--batch-size", "20", "--set", "width=2"]


def start(*arguments, **environment):
    """A real process, from a user's environment."""
    env = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.Popen(
        [sys.executable, "-m", "keras_genzoo.cli", *map(str, arguments)],
        env={**env, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, a shell has told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset")
    keras.utils.set_random_seed(0)
    zoo.DCGAN(image_shape=(8, 8, 1), width=2).save_to_preset(folder)
    return folder


# ---------------------------------------------------------------------- help


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples_that_are_commands(command):
    examples = re.findall(r"^ *keras-genzoo (\S+)", ok(command, "--help"), re.MULTILINE)
    assert command in examples
    assert len(examples) >= (1 if command == "list" else 2)
    assert set(examples) <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained_with_its_default(command):
    text = ok(command, "--help")
    described = typer.main.get_command(cli.app).commands[command].params
    for parameter in described:
        assert parameter.help, parameter.name
        if parameter.param_type_name == "option" and not parameter.is_flag:
            row = text.partition(f"│ {parameter.opts[0]} ")[2].partition("\n│ --")[0]
            assert "default:" in row, parameter.name


def test_help_does_not_wait_for_keras():
    command = [sys.executable, "-X", "importtime", "-m", "keras_genzoo.cli", "train", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "Train a model" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"typer", "keras_genzoo.cli"} <= imported and not {
        "keras",
        "numpy",
        "tensorflow",
    } & imported


def test_python_imports_all_models_at_once():
    """Keras finds the class of a saved model only where that was imported."""
    code = (
        "import keras_genzoo, keras\n"
        "print(keras.saving.get_registered_object('keras_genzoo>DCGAN') is not None)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr


def test_no_arguments_show_the_commands():
    result = run()
    assert all(command in result.output for command in COMMANDS)


def test_version_is_that_of_the_package():
    assert ok("--version").split() == ["keras-genzoo", zoo.__version__]


def test_list_names_all_models_with_their_papers_and_data():
    text = ok("list")
    for name, cls in MODELS.items():
        assert re.search(rf"\b{name}\b", text)
        authors_and_year = re.match(r"[^()]*[A-Z][^()]* \((19|20)\d\d\), ", cli.listing.paper(cls))
        assert authors_and_year, name
        for word in authors_and_year[0].split():
            assert word in text
        # Older papers have no number there.
        for number in re.findall(r"arXiv:\d+\.\d+", cls.__doc__):
            assert number in text
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


# ---------------------------------------------------------------------- train


def test_train_writes_all_it_names_and_the_same_command_resumes(tmp_path):
    out = tmp_path / "run"
    command = ["train", "dcgan", *TINY, "--out", out, "--epochs"]
    text = ok(*command, 1)
    named = [out / "preset", out / "samples", out / "samples.gif", out / "log.csv"]
    for path in named:
        assert path.exists() and str(path) in text, path
    assert "going on" not in text and "already" not in text
    model = zoo.from_preset(out / "preset")
    assert isinstance(model, zoo.DCGAN) and model.width == 2
    assert model.spec.shape == (8, 8, 1)

    assert "1 epochs already: nothing to train" in ok(*command, 1)
    before = model.generator.get_weights()
    after = zoo.from_preset(out / "preset").generator.get_weights()
    assert all(map(np.array_equal, before, after))

    assert f"{out}: going on from the checkpoint, at epoch 3" not in ok(*command, 2)
    assert f"{out}: going on from the checkpoint, at epoch 3" in ok(*command, 3)
    with open(out / "log.csv") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1", "2"]
    # Two epochs' steps are in the optimizer: the run went on, it did not begin again.
    trained = zoo.from_preset(out / "preset").optimizer["generator"]
    assert int(trained.iterations.numpy()) == 3 * 2


def test_train_is_repeatable_by_its_seed(tmp_path):
    weights = []
    for i, seed in enumerate((1, 1, 2)):
        ok("train", "dcgan", *TINY, "--epochs", 1, "--out", tmp_path / str(i), "--seed", seed)
        weights.append(zoo.from_preset(tmp_path / str(i) / "preset").generator.get_weights())
    assert all(map(np.array_equal, weights[0], weights[1]))
    assert not all(map(np.array_equal, weights[0], weights[2]))


def test_train_takes_vectors_and_deals_a_batch_to_the_critic(tmp_path):
    """64 examples for each critic step by default."""
    settings = ["--set", "width=4", "--set", "critic_steps=2", "--limit", 260]
    text = ok("train", "wgan_gp", "--data", "ring", *settings, "--epochs", 1, "--out", tmp_path)
    assert "2 batches an epoch" in text
    assert zoo.from_preset(tmp_path / "preset").spec.shape == (2,)


def test_run_folder_is_named_by_model_and_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("my.images.npy", np.zeros((8, 8, 8, 1), "uint8"))
    settings = ["--set", "width=2", "--batch-size", 4, "--epochs", 1]
    ok("train", "dcgan", "--data", "./my.images.npy", *settings)
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"dcgan_my\.images-[0-9a-f]{6}", folder.name)
    assert (folder / "preset").is_dir()


def test_folders_of_one_name_have_runs_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for where in ("one", "two"):
        (tmp_path / where / "pics").mkdir(parents=True)
    (tmp_path / "link").symlink_to("one/pics")
    one, two = (cli.train.run_name("vae", path) for path in ("./one/pics", "./two/pics"))
    assert one != two and one.startswith("vae_pics-") and two.startswith("vae_pics-")
    for same in (str(tmp_path / "one" / "pics"), "./two/../one/pics/", "one/pics"):
        assert cli.train.run_name("vae", same) == one
    assert cli.train.run_name("vae", "./link") == one.replace("pics", "link")
    monkeypatch.chdir("one/pics")
    assert cli.train.run_name("vae", ".") == one


@pytest.mark.parametrize("data", ["digits", "cifar10", "emnist/letters", "cifar10:3.0.2"])
def test_the_run_of_a_set_has_its_name(data):
    assert cli.train.run_name("vae", data) == f"vae_{data.replace('/', '-')}"


@pytest.mark.filterwarnings("default::UserWarning")
def test_train_skips_broken_images_where_it_is_told_to(tmp_path):
    pictures = tmp_path / "pics"
    pictures.mkdir()
    for i in range(10):
        Image.fromarray(np.full((8, 8), 20 * i, "uint8")).save(pictures / f"{i}.png")
    (pictures / "3.png").write_bytes(b"damaged")
    command = ["train", "dcgan", "--data", pictures, "--set", "width=2", "--epochs", 1,
               "--batch-size", 3, "--out", tmp_path / "run"]  # fmt: skip
    error = fails(1, *command)
    assert "got 1 of 10 that are not: 3.png" in error and "or pass --skip-broken." in error
    result = run(*command, "--skip-broken")
    assert result.exit_code == 0, result.output
    assert f"Warning: Skipped 1 of 10 images in {pictures} that cannot be read: 3.png." in (
        result.stderr.splitlines()
    )
    assert "on 9 examples" in result.stdout


def test_train_takes_a_slice_of_the_data(tmp_path):
    settings = ["--set", "width=2", "--batch-size", 8, "--epochs", 1, "--image-size", 8]
    text = ok("train", "dcgan", *settings, "--split", "train[:2%]", "--out", tmp_path)
    assert "on 29 examples" in text


OWN = """
import keras
import keras_genzoo as zoo

@keras.saving.register_keras_serializable("{module}")
class Own(zoo.NICE):
    def __init__(self, *, softness=1.0, **kwargs):
        super().__init__(**kwargs)
        self.softness = softness

    def get_config(self):
        return {{**super().get_config(), "softness": self.softness}}

class Unregistered(zoo.NICE):
    pass

number = 3
"""


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """The name of a module in the current folder that has a model of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = "a_module_of_ones_own"
    (tmp_path / f"{name}.py").write_text(OWN.format(module=name))
    yield name
    _forget(name)


def _forget(module):
    sys.modules.pop(module, None)
    keras.saving.get_custom_objects().pop(f"{module}>Own", None)


def test_train_and_sample_a_model_of_ones_own(own_module):
    settings = ["--image-size", 8, "--limit", 40, "--batch-size", 20, "--set", "softness=2",
                "--set", "hidden_units=4", "--set", "hidden_layers=1", "--epochs", 1]  # fmt: skip
    text = ok("train", f"{own_module}:Own", *settings)
    preset = Path("runs") / f"{own_module}.Own_digits" / "preset"
    assert f"keras-genzoo --import {own_module} sample {preset}" in text
    _forget(own_module)
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


@pytest.mark.parametrize(
    ("flag", "expected"), [([], "auto"), (["--jit"], True), (["--no-jit"], False)]
)
def test_jit_reaches_compile(tmp_path, monkeypatch, flag, expected):
    seen = []

    def compile(self, *, jit_compile):
        seen.append(jit_compile)
        raise ValueError("seen")

    monkeypatch.setattr(zoo.DCGAN, "compile", compile)
    fails(1, "train", "dcgan", *TINY, "--out", tmp_path, *flag)
    assert seen == [expected]


def test_settings_are_json_and_bare_words():
    given = ["width=32", "image_shape=[28,28,1]", "activation=relu", "penalty-weight=0.5", "x=null"]
    assert cli.settings.parse(given) == {
        "width": 32,
        "image_shape": [28, 28, 1],
        "activation": "relu",
        "penalty_weight": 0.5,
        "x": None,
    }


# ---------------------------------------------------------------------- wrong usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dgan"], "Nearest: dcgan"),
        (["dcgan", "--set", "widht=3"], "Did you mean width?"),
        (["dcgan", "--set", "zzz=3"], "It takes image_shape,"),
        (["dcgan", "--set", "width"], "Expected NAME=VALUE"),
        (["dcgan", "--set", "image_shape=[28,28"], "Expected a JSON value"),
        (["dcgan", "--set", "width=True"], "true, null or a word"),
        (["dcgan", "--data", "ring"], "DCGAN models images; ring/train has examples of shape (2,)"),
        (["dcgan", "--epochs", "0"], "--epochs"),
        (["dcgan", "--epochs", "many"], "--epochs"),
        (["dcgan", "--epcohs", "3"], "--epcohs"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_of_train_is_status_2(tmp_path, arguments, message):
    error = fails(2, "train", *arguments, "--out", tmp_path / "run")
    assert message in error
    assert not (tmp_path / "run").exists()


def test_unknown_command_is_status_2():
    assert "sampel" in fails(2, "sampel")


@pytest.mark.parametrize("name", ["samples.jpg", "samples"])
def test_sample_refuses_other_files(preset, tmp_path, name):
    assert "ending in .png or .npy" in fails(2, "sample", preset, "--out", tmp_path / name)


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "dcgan", "--data", "digist"], "Did you mean 'digits'"),
        (["train", "dcgan", "--data", "./nowhere"], "nowhere"),
        (["train", "dcgan", "--image-size", "9"], "Resize the images"),
        (["sample", "./nowhere"], "nowhere"),
        (["export", "no_such_zoo_name", "x"], "no_such_zoo_name"),
    ],
)
def test_an_error_is_one_line_and_status_1(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert not any(tmp_path.iterdir())


def test_another_models_run_is_not_resumed(tmp_path):
    ok("train", "dcgan", *TINY, "--epochs", 1, "--out", tmp_path)
    saved = (tmp_path / "preset" / "metadata.json").read_bytes()
    error = fails(1, "train", "dcgan", *TINY, "--set", "latent_dim=3", "--out", tmp_path)
    assert "another model" in error
    assert (tmp_path / "preset" / "metadata.json").read_bytes() == saved


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Pass version=2, or overwrite=True.", "Pass --version 2, or --overwrite."),
        ("Pass image_size to resize them all.", "Pass --image-size to resize them all."),
        (
            "Leave image_size out: batch_size=, limit=",
            "Leave --image-size out: --batch-size, --limit",
        ),
        ('pass that as data_dir; or data="digits"', 'pass that as --data-dir; or --data "digits"'),
        ("or give ResumeTraining another folder.", "or give another --out."),
        ("tfds.load('x', data_dir=...)", "tfds.load('x', data_dir=...)"),
        ("a seed, data, image_shape=3", "a seed, data, image_shape=3"),
        ("./image_size/skip_broken=True.png", "./image_size/skip_broken=True.png"),
        ("my_image_size, x.batch_size, latent_dim", "my_image_size, x.batch_size, latent_dim"),
    ],
)
def test_messages_speak_of_options(said, shown):
    assert cli.shell.in_options(said) == shown


def test_real_errors_speak_of_options(tmp_path):
    for i, side in enumerate((8, 9)):
        Image.fromarray(np.zeros((side, side), "uint8")).save(tmp_path / f"{i}.png")
    error = fails(1, "train", "dcgan", "--data", tmp_path, "--out", tmp_path / "run")
    assert "Pass --image-size to resize them all." in error
    error = fails(1, "train", "wgan_gp", "--data", "ring", "--image-size", 8)
    assert "Leave --image-size out." in error
    error = fails(1, "train", "dcgan", "--data", tmp_path / "0.png", "--split", "test")
    assert "_" not in error.partition(": ")[2].replace(str(tmp_path), "")


def test_training_that_diverged_is_a_plain_error(tmp_path, monkeypatch):
    def fit(self, *args, **kwargs):
        raise FloatingPointError("Expected finite losses; got nan.")

    monkeypatch.setattr(zoo.DCGAN, "fit", fit)
    result = run("train", "dcgan", *TINY, "--out", tmp_path)
    assert (result.exit_code, result.stderr) == (1, "Error: Expected finite losses; got nan.\n")


def test_unforeseen_errors_name_their_kind_and_debug_shows_where(monkeypatch):
    def broken():
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(zoo, "presets", broken)
    result = run("list")
    assert (result.exit_code, result.stderr) == (1, "Error (ZeroDivisionError): by zero\n")
    result = run("list", "--debug")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr and "in broken" in result.stderr


# ---------------------------------------------------------------------- sample, export


def test_sample_writes_a_grid_or_an_array(preset, tmp_path):
    images = zoo.from_preset(preset).sample(6, seed=3)
    array, picture = tmp_path / "new" / "x.npy", tmp_path / "new" / "x.png"
    assert str(array) in ok("sample", preset, "-n", 6, "--seed", 3, "--out", array)
    np.testing.assert_array_equal(np.load(array), images)
    ok("sample", preset, "-n", 6, "--seed", 3, "--out", picture)
    expected = zoo.plotting.picture(images)
    with Image.open(picture) as got:
        np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))


def test_export_versions(preset, tmp_path):
    text = ok("export", preset, tmp_path)
    assert "sample(" in text and "decode(" in text
    saved = tmp_path / "1" / "saved_model.pb"
    first = saved.stat().st_mtime_ns
    error = fails(1, "export", preset, tmp_path)
    assert "Pass --version 2, or --overwrite to replace it." in error
    assert saved.stat().st_mtime_ns == first
    ok("export", preset, tmp_path, "--version", 2)
    assert (tmp_path / "2" / "saved_model.pb").exists()
    ok("export", preset, tmp_path, "--overwrite")
    assert saved.stat().st_mtime_ns > first


def test_export_formats(preset, tmp_path):
    path = tmp_path / "dcgan.tflite"
    export = ["export", preset, path, "--format", "litert", "--signature", "decode"]
    assert "dcgan.tflite: decode(z float32(" in ok(*export)
    assert path.is_file()
    assert "Pass --overwrite to" in fails(1, *export)
    assert "Did you mean 'onnx'?" in fails(1, "export", preset, tmp_path, "--format", "onxx")


# ---------------------------------------------------------------------- real processes


def test_a_process_keeps_the_terminal_clean():
    process = start("list")
    out, err = process.communicate()
    assert process.returncode == 0
    assert "dcgan" in out
    assert err == ""


def test_a_process_fails_with_one_line(tmp_path):
    process = start("sample", tmp_path)
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert err.startswith("Error: ") and err.count("\n") == 1


def test_an_import_that_fails_says_why(tmp_path):
    """What TensorFlow writes to stderr is held back, but not for good."""
    process = start("list", KERAS_BACKEND="no_such_backend")
    _, err = process.communicate()
    assert process.returncode == 1
    assert "no_such_backend" in err


def test_ctrl_c_is_status_130_and_the_same_command_resumes(tmp_path):
    command = ["train", "dcgan", *TINY, "--epochs", "100000", "--out", tmp_path]
    process = start(*command)
    try:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("checkpoints/epoch000002*")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert f"The same command goes on from the last checkpoint in {tmp_path}" in err
    done = max(int(path.name[5:11]) for path in (tmp_path / "checkpoints").iterdir())
    command[command.index("100000")] = str(done + 1)
    assert f"epoch {done + 1}" in ok(*command)
    config = json.loads((tmp_path / "preset" / "metadata.json").read_text())
    assert config["class_name"].endswith("DCGAN")
