"""`keras-genzoo train --recipe`, `reproduce` and `evaluate --check`."""

import shutil

import pytest
from command import fails, ok

import keras_genzoo as zoo
from keras_genzoo import recipes


def test_train_by_a_recipe(recipe_file, tmp_path):
    text = ok("train", "--recipe", recipe_file, "--out", tmp_path / "run")
    assert "40 examples of digits (8, 8, 1), 2 batches an epoch" in text
    preset = tmp_path / "run" / "preset"
    assert zoo.from_preset(preset).hidden_units == 4
    assert recipes.read_recipe(preset / "recipe.yaml") == recipes.read_recipe(recipe_file)
    assert "A NICE of small digits." in (preset / "README.md").read_text()


def test_options_beside_a_recipe_take_its_place_and_are_said(recipe_file, tmp_path):
    options = ["--epochs", 2, "--limit", 20, "--set", "hidden_units=3", "--seed", 0]
    text = ok("train", "--recipe", recipe_file, *options, "--out", tmp_path / "run")
    said = "limit 20, epochs 2, seed 0, arguments {'hidden_units': 3, 'hidden_layers': 1}"
    assert f"Otherwise than in {recipe_file}: {said}." in text
    recipe = recipes.read_recipe(tmp_path / "run" / "preset" / "recipe.yaml")
    assert (recipe.epochs, recipe.data.limit, recipe.arguments["hidden_units"]) == (2, 20, 3)
    assert recipe.scores == []


def test_options_alone_are_a_recipe(tmp_path):
    tiny = ["--image-size", 8, "--limit", 20, "--set", "hidden_units=3", "--set", "hidden_layers=1"]
    ok("train", "nice", *tiny, "--epochs", 1, "--no-jit", "--seed", 3, "--out", tmp_path)
    recipe = recipes.read_recipe(tmp_path / "preset" / "recipe.yaml")
    assert recipe == recipes.Recipe(
        model="nice",
        arguments={"hidden_units": 3, "hidden_layers": 1},
        data={"name": "digits", "split": "train", "image_size": 8, "limit": 20},
        compile={"jit_compile": False},
        epochs=1,
        seed=3,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "nice", "--recipe", "RECIPE"], "Expected either a model or --recipe"),
        (["train"], "Expected either a model or --recipe"),
        (["reproduce", "RECIPE", "--runs", 2], "Expected --new"),
        (["evaluate", "RECIPE", "--check", "--samples", 3], "Expected --check alone"),
    ],
)
def test_wrong_usage_is_status_2(recipe_file, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in fails(2, *(recipe_file if word == "RECIPE" else word for word in arguments))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "hidden_units",
            "hiden_units",
            "arguments: Expected an argument of NICE; got 'hiden_units'",
        ),
        (
            "epochs: 1",
            "epochs: 1\ncompile: {los: a}",
            "compile: Expected an argument of NICE.compile",
        ),
        ("epochs: 1", "epcohs: 1", "got 'epcohs'. Did you mean 'epochs'"),
        ("model: nice", "model: dcgan", "Expected an argument of DCGAN; got 'hidden_units'"),
        ("image_size: 8, limit: 40", "limt: 40", "Did you mean 'limit'"),
    ],
)
def test_a_recipe_that_does_not_fit_names_file_and_key(recipe_file, tmp_path, old, new, message):
    recipe_file.write_text(recipe_file.read_text().replace(old, new))
    error = fails(1, "train", "--recipe", recipe_file, "--out", tmp_path / "run")
    assert str(recipe_file) in error and message in error
    assert not (tmp_path / "run").exists()


def test_make_it_new_reproduce_it_and_check_it(recipe_file, tmp_path):
    folder = recipe_file.parent
    text = ok("reproduce", recipe_file, "--new", "--out", tmp_path / "run")
    assert f"Preset  {folder}" in text and "bits_per_dim" in text
    assert f"The card of {folder} holds." in ok("evaluate", folder, "--check")
    again = tmp_path / "again"
    text = ok("reproduce", folder, "--out", again)
    assert f"Preset  {again / 'preset'}" in text
    for name in ("samples", "samples.gif", "log.csv", "checkpoints", "preset/samples.png"):
        assert (again / name).exists(), name


def test_what_does_not_hold_is_status_1(made, tmp_path):
    preset = shutil.copytree(made, tmp_path / "nice_small")
    card = preset / "README.md"
    card.write_text(card.read_text().replace("bits_per_dim` | 1", "bits_per_dim` | "))
    assert "README.md was altered" in fails(1, "evaluate", preset, "--check")
    recipe = recipes.read_recipe(preset / "recipe.yaml")
    bits, distance = recipe.scores
    bits = bits.model_copy(update={"value": bits.value - 1})
    other = recipe.model_copy(update={"scores": [bits, distance]})
    (preset / "recipe.yaml").write_text(recipes.written(other))
    error = fails(1, "reproduce", preset, "--out", tmp_path / "run")
    assert f"{preset} was not reproduced: bits_per_dim" in error
    assert "distance" not in error
