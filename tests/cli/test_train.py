"""`keras-genzoo train`: what it writes, what it says, and its exit status."""

import csv
import re

import numpy as np
import pytest
from command import fails, ok, run
from PIL import Image

import keras_genzoo as zoo
from keras_genzoo import cli

TINY = ["--image-size", "8", "--limit", "40", "--batch-size", "20", "--set", "width=2"]


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


@pytest.mark.parametrize(
    ("flag", "expected"), [([], "auto"), (["--jit"], True), (["--no-jit"], False)]
)
def test_jit_reaches_compile(tmp_path, monkeypatch, flag, expected):
    seen = []

    def compile(self, *, jit_compile="auto"):
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dgan"], "got 'dgan'. Did you mean 'dcgan'"),
        (["dcgan", "--set", "widht=3"], "Did you mean 'width'"),
        (["dcgan", "--set", "zzz=3"], "Known: image_shape,"),
        (["dcgan", "--set", "width"], "Expected NAME=VALUE"),
        (["dcgan", "--set", "image_shape=[28,28"], "Expected a JSON value"),
        (["dcgan", "--set", "width=True"], "true, null or a word"),
        (["dcgan", "--data", "ring"], "DCGAN models images; ring/train has examples of shape (2,)"),
        (["dcgan", "--epochs", "0"], "--epochs"),
        (["dcgan", "--epochs", "many"], "--epochs"),
        (["dcgan", "--epcohs", "3"], "--epcohs"),
        ([], "Expected either a model or --recipe"),
    ],
)
def test_wrong_usage_of_train_is_status_2(tmp_path, arguments, message):
    error = fails(2, "train", *arguments, "--out", tmp_path / "run")
    assert message in error
    assert not (tmp_path / "run").exists()


def test_another_models_run_is_not_resumed(tmp_path):
    ok("train", "dcgan", *TINY, "--epochs", 1, "--out", tmp_path)
    saved = (tmp_path / "preset" / "metadata.json").read_bytes()
    error = fails(1, "train", "dcgan", *TINY, "--set", "latent_dim=3", "--out", tmp_path)
    assert "another model" in error
    assert (tmp_path / "preset" / "metadata.json").read_bytes() == saved
