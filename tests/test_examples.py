"""The examples run as they stand."""

import ast
import contextlib
import io
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from scipy.integrate import quad
from scipy.special import entr
from scipy.stats import norm

import keras_genzoo as zoo
from keras_genzoo.models.catalogue import ROWS

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
WITH_EXAMPLE = {name: row for name, row in ROWS.items() if row.example}
FEW = ["--epochs", "1", "--limit", "40"]


def as_script(script, *arguments):
    """The output of an example, run in a process as a user would."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def in_this_process(script, *arguments):
    """The same, without the seconds that a new process takes to import TensorFlow."""
    argv, sys.argv = sys.argv, [script, *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(io.StringIO()) as output:
            runpy.run_path(str(EXAMPLES / script), run_name="__main__")
    finally:
        sys.argv = argv
    return output.getvalue()


@pytest.mark.parametrize(
    "name, run",
    [(name, in_this_process) for name, row in WITH_EXAMPLE.items() if row.example.tells_a_story]
    + [pytest.param(name, as_script, marks=pytest.mark.long) for name in WITH_EXAMPLE],
)
def test_example(name, run, tmp_path):
    row = ROWS[name]
    text = run(f"{name}.py", *FEW, *row.example.arguments, "--out", tmp_path)
    for part in row.example.prints:
        assert part in text
    model = zoo.from_preset(tmp_path / "preset")
    assert type(model) is row.load()
    for path in ("samples/epoch_0001.png", "samples.gif", "checkpoints", *row.example.writes):
        assert (tmp_path / path).exists(), path
    assert list((tmp_path / "checkpoints").iterdir())
    MORE.get(name, lambda *_: None)(model, text)


def nice_prints_its_figures(model, text):
    nats = model.log_likelihood(zoo.data.load("digits", "test", limit=40).x).mean()
    bits = -nats / (784 * np.log(2))
    assert f"{nats:.2f} nats, {bits:.4f} bits per dimension" in text
    assert f"{nats + 784 * np.log(256):.2f} nats: the density" in text


# What else a model's example is held to.
MORE = {"nice": nice_prints_its_figures}


@pytest.mark.long
def test_wgan_gp_example_on_images(tmp_path):
    as_script("wgan_gp.py", "--data", "digits", "--epochs", 1, "--limit", 320, "--out", tmp_path)
    assert zoo.from_preset(tmp_path / "preset").spec.shape == (28, 28, 1)


@pytest.mark.long
def test_wgan_gp_example_on_vectors_from_a_file(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(40, 3)).astype("float32"))
    as_script("wgan_gp.py", "--data", tmp_path / "x.npy", "--epochs", 1, "--out", tmp_path / "run")
    assert zoo.from_preset(tmp_path / "run" / "preset").sample(2).shape == (2, 3)


def test_representation_example(tmp_path):
    text = in_this_process("representation.py", "--epochs", 1, "--limit", 150, "--out", tmp_path)
    scores = dict(re.findall(r"^(.+): linear_probe_accuracy (\S+) ", text, re.MULTILINE))
    assert list(scores) == ["VAE with 2 latents", "VAE with 20 latents", "DCGAN", "Pixels"]
    assert float(scores["Pixels"]) > 0.7 and float(scores["DCGAN"]) > 0.7
    assert float(scores["VAE with 2 latents"]) < float(scores["VAE with 20 latents"])
    for part in ("features=discriminator", "features=encode", "test_samples=355"):
        assert part in text
    pictures = {path.stem for path in tmp_path.glob("*.png")}
    maps = {"map_2d", "map_pca", "map_tsne", "manifold"}
    assert pictures == maps | {"interpolations", "traversals", "arithmetic"}


@pytest.mark.long
def test_one_dimensional_lesson(tmp_path):
    """A learned discriminator comes near the optimal one, whose value is the divergence's."""
    text = as_script("one_dimensional_lesson.py", "--out", tmp_path)
    line = r"s = (\S+): JSD (\S+), V / 2 \+ ln 2 (\S+), of D (\S+); D off by (\S+)"
    s, divergence, best, learned, error = np.array(re.findall(line, text), float).T
    np.testing.assert_array_equal(s, [0, 1.5, 3, 4.5, 6, 7.5])

    def p(x):
        return (norm.pdf(x, -1, 0.4) + norm.pdf(x, 1, 0.4)) / 2

    def entropy(density):
        return quad(lambda x: entr(density(x)), -8, 16, limit=200)[0]

    for shift, got in zip(s, divergence, strict=True):
        mixed = entropy(lambda x, s=shift: (p(x) + norm.pdf(x, s)) / 2)
        assert abs(got - (mixed - (entropy(p) + norm.entropy()) / 2)) < 2e-4
    np.testing.assert_allclose(best, divergence, atol=1e-4)
    assert (learned <= best + 1e-4).all() and (best - learned).max() < 0.01
    assert error.max() < 0.05
    for name in ("discriminator", "divergence", "slopes"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 3


def test_saved_model_is_sampled_without_this_package(tmp_path):
    script = EXAMPLES / "sample_savedmodel.py"
    imported = set()
    for node in ast.walk(ast.parse(script.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"numpy", "tensorflow", "PIL"}

    zoo.DCGAN(image_shape=(8, 12, 3), width=2).export(tmp_path / "model", version=9)
    keras.utils.set_random_seed(0)
    model = zoo.DCGAN(image_shape=(8, 12, 3), width=2)
    model.export(tmp_path / "model", version=10, verbose=False)
    as_script(script.name, tmp_path / "model", "--n", 5, "--seed", 3, "--out", tmp_path / "x.png")
    images = np.load(tmp_path / "x.npy")
    # The highest version, and the picture of the first 2 x 2 of its samples, twice as large.
    np.testing.assert_array_equal(images, model.sample(5, seed=3))
    with Image.open(tmp_path / "x.png") as picture:
        got = np.asarray(picture)[::2, ::2]
    framed = np.pad(images[:4], ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=255)
    rows = [np.concatenate(framed[i : i + 2], axis=1) for i in (0, 2)]
    np.testing.assert_array_equal(got, np.concatenate(rows))


def test_a_gan_of_own_images(tmp_path):
    """Of pictures in folders of classes, of two formats, and one that is broken."""
    rng = np.random.default_rng(0)
    for name in ("cats/1.png", "cats/2.jpg", "dogs/1.jpeg", "dogs/2.png"):
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 20, 3), "uint8")).save(path)
    (tmp_path / "own" / "dogs" / "3.png").write_bytes(b"no picture")
    out, few = tmp_path / "out", ["--size", 8, "--width", 8, "--epochs", 5, "--batch-size", 4]
    with pytest.warns(UserWarning, match="3.png"):
        text = in_this_process("own_images.py", tmp_path / "own", *few, "--out", out)
    assert "4 examples of shape (8, 8, 3)" in text
    assert zoo.from_preset(out / "preset").sample(2).shape == (2, 8, 8, 3)
    assert [path.name for path in (out / "samples").iterdir()] == ["epoch_0005.png"]
    assert list((out / "logs").iterdir())
    with Image.open(out / "neighbours.png") as picture:  # 10 columns of 56 pixels, 2 rows
        assert picture.width > 580 and picture.height == 2 * 58 + 2


def test_conditional_sampling(tmp_path):
    text = in_this_process("conditional.py", *FEW, "--out", tmp_path)
    share = re.search(r"reads (\S+)% of 500 samples as they were asked for", text)
    assert 0 < float(share[1]) < 50  # of a network that has seen one batch
    model = zoo.from_preset(tmp_path / "preset")
    with Image.open(tmp_path / "styles.png") as picture:
        table = np.asarray(picture)[-(6 * 58 + 2) :]
    digit = model.sample(1, labels=7, seed=1)[0, :, :, 0]
    np.testing.assert_array_equal(table[2:58:2, 7 * 58 + 2 : 8 * 58 : 2], digit)


def test_from_a_preset_to_a_savedmodel(tmp_path):
    zoo.DCGAN(image_shape=(8, 8, 1), width=2).save_to_preset(tmp_path / "preset")
    arguments = [tmp_path / "preset", "--seed", 3, "--out", tmp_path / "out"]
    text = in_this_process("preset_to_savedmodel.py", *arguments)
    assert "  sample: n seed -> images\n" in text
    assert "Its samples of seed 3 are those of the preset." in text
    assert (tmp_path / "out" / "1" / "saved_model.pb").exists()


@pytest.mark.long
def test_demo_goes_through_and_says_where_it_fails(tmp_path):
    """One epoch makes no digits: the demo must notice, after all else has worked."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py", "--epochs", "1", "--out", tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    for line in ("train dcgan", "export", "sample_savedmodel.py"):
        assert any(part.startswith("$") and line in part for part in done.stdout.splitlines())
    for digit in range(10):
        assert f"\n  {digit} " in done.stdout
    for path in ("samples.png", "samples.npy", "samples.gif", "preset", "savedmodel/1"):
        assert (tmp_path / path).exists(), path
    assert len(np.load(tmp_path / "samples.npy")) == 1000
    assert done.returncode == 1
    assert "Expected each digit in 2% of the samples" in done.stderr


# ---------------------------------------------------------------------- what belongs together


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short_and_says_how_to_run_it(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 60
    document = ast.get_docstring(ast.parse(text))
    assert f"    python examples/{path.name}" in document
    assert any(unit in document for unit in ("second", "minute")), "how long does it take?"
