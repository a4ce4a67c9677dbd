"""A row, its file, its test and its example are all that a further model needs."""

import runpy
import sys
from pathlib import Path

import contract
import keras
import pytest
import zoo_cases
from catalogue_checks import check_facts, check_files, files_of
from command import fails, ok

import keras_genzoo as zoo
from keras_genzoo import evaluation, registry
from keras_genzoo.models import __main__ as written

HERE = Path(__file__).parent


def test_it_has_its_files_and_they_say_what_its_row_says(sixth):
    check_files(sixth, HERE / "sixth")
    check_facts(sixth)


def test_registry_and_public_names(sixth):
    cls = sixth.load()
    assert zoo.TinyGAN is zoo.MODELS["tiny_gan"] is registry.model_class("TinyGAN") is cls
    assert "TinyGAN" in dir(zoo) and "tiny_gan" in repr(zoo.MODELS)
    with pytest.raises(ValueError, match="Did you mean 'tiny_gan'"):
        registry.model_class("tiny_gann")


def test_list_readme_and_stub(sixth):
    text = ok("list")
    assert "tiny_gan" in text and "arXiv:1406.2661" in text
    row = "| `TinyGAN` | Goodfellow et al., 2014, [1406.2661](https://arxiv.org/abs/1406.2661) | |"
    assert f"{row} nothing yet |" in written.table()
    assert "from keras_genzoo.models.gan.tiny_gan import TinyGAN" in written.stub()


def test_contract(sixth, tmp_path):
    (case,) = zoo_cases.cases_of(sixth).values()
    contract.check(case, tmp_path)


def test_compare(tmp_path):
    ruler = evaluation.Ruler("ring", limit=200, metrics=["parameters"])
    found = evaluation.compare(["tiny_gan"], ruler, out=tmp_path, epochs=1, verbose=0)
    entry = found.models["tiny_gan"]
    assert (entry.class_name, entry.family) == ("TinyGAN", "adversarial")
    assert entry.training["settings"] == {"width": 16}
    assert "Did you mean 'tiny_gan'" in fails(1, "compare", "tiny_gann", "--out", tmp_path)


def test_preset_of_the_command_line(tmp_path):
    ok("train", "tiny_gan", "--data", "ring", "--limit", 200, "--epochs", 1, "--out", tmp_path)
    assert type(zoo.from_preset(tmp_path / "preset")) is zoo.TinyGAN


@pytest.mark.long
def test_example(sixth, tmp_path, monkeypatch, capsys):
    script = files_of(sixth, HERE / "sixth")["example"]
    arguments = ["--epochs", "1", "--limit", "40", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", [str(script), *arguments])
    runpy.run_path(str(script), run_name="__main__")
    assert all(part in capsys.readouterr().out for part in sixth.example.prints)
    assert isinstance(zoo.from_preset(tmp_path / "preset"), keras.Model)
