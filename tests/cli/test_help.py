"""`keras-genzoo --help` and the help of each command."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from command import fails, ok, run

import keras_genzoo as zoo
from keras_genzoo import cli

COMMANDS = ["list", "train", "reproduce", "sample", "evaluate", "compare", "export"]
ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize("arguments", [[], ["keras_genzoo.cli"]], ids=["none", "a module's name"])
def test_python_imports_all_models_at_once(arguments):
    """Keras finds the class of a saved model only where that was imported."""
    code = (
        "import keras_genzoo, keras\n"
        "print(keras.saving.get_registered_object('keras_genzoo>DCGAN') is not None)"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr


def test_no_arguments_show_the_commands():
    result = run()
    assert all(command in result.output for command in COMMANDS)


def test_version_is_that_of_the_package():
    assert ok("--version").split() == ["keras-genzoo", zoo.__version__]


def test_unknown_command_is_status_2():
    assert "sampel" in fails(2, "sampel")
