"""The list of models is whole, and what is made from it is as new."""

import dataclasses
import importlib
import inspect
import pkgutil
import subprocess
import sys

import keras
import pytest
from catalogue_checks import ROOT, check_facts, check_files, files_of

import keras_genzoo as zoo
from keras_genzoo.models import __main__ as written
from keras_genzoo.models import catalogue
from keras_genzoo.models.catalogue import ROWS, Paper, Quick

every_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
ANY = next(row for row in ROWS.values() if row.family == "flow")


@every_row
def test_a_row_has_its_file_test_and_example(row):
    check_files(row)


@every_row
def test_a_row_says_what_its_file_says(row):
    check_facts(row)


def test_a_model_has_a_row():
    package = importlib.import_module("keras_genzoo.models")
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    models = {
        thing
        for module in modules
        for _, thing in inspect.getmembers(module, inspect.isclass)
        if thing.__module__ == module.__name__
        and issubclass(thing, zoo.GenerativeModel)
        # Bases of models are not to be saved by themselves.
        and keras.saving.get_registered_name(thing).startswith("keras_genzoo>")
    }
    assert models == {row.load() for row in ROWS.values()}, "not in models/catalogue.py"


def test_names_are_each_once_and_families_are_stood_for_once():
    assert all(row.name == name for name, row in ROWS.items())
    assert len(catalogue._MODELS) == len(ROWS) == len({row.class_name for row in ROWS.values()})
    stand = [ROWS[name].family for name in catalogue.one_of_each_family()]
    assert sorted(stand) == sorted({row.family for row in ROWS.values()})


def test_public_names_are_those_of_the_catalogue():
    assert list(zoo.MODELS) == list(ROWS)
    assert all(zoo.MODELS[name] is row.load() for name, row in ROWS.items())
    assert {row.class_name for row in ROWS.values()} < set(zoo.__all__) <= set(dir(zoo))
    with pytest.raises(AttributeError, match="no attribute 'nice'"):
        zoo.nice  # noqa: B018


# ---------------------------------------------------------------------- what is made from it


def test_the_readme_has_the_table_of_the_catalogue():
    text = (ROOT / "README.md").read_text()
    assert written.readme(text) == text, "run python -m keras_genzoo.models"


def test_the_stub_has_the_public_names():
    assert written.STUB.read_text() == written.stub(), "run python -m keras_genzoo.models"
    names = {}
    exec(written.STUB.read_text(), names)
    assert sorted(names["__all__"]) == sorted(zoo.__all__)
    assert all(names[name] is getattr(zoo, name) for name in zoo.__all__ if name != "MODELS")


def test_a_table_that_is_stale_is_written_anew():
    text = (ROOT / "README.md").read_text()
    stale = text.replace("| `NICE` |", "| `ICE` |")
    assert stale != text == written.readme(stale)
    with pytest.raises(ValueError, match="Expected the lines"):
        written.readme("# A text")


def test_papers_in_a_table():
    assert Paper("A", 2001, "T").short == "A, 2001, T"
    assert Paper("A and B", 2001, "T", "1.2").short.startswith("A and B, 2001, [1.2](https:")
    assert Paper("van A, B and C", 2001, "T").short == "van A et al., 2001, T"


def test_the_catalogue_does_not_wait_for_keras():
    command = [sys.executable, "-X", "importtime", "-m", "keras_genzoo.cli", "compare", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "one of" in done.stdout and " ".join(catalogue.one_of_each_family()[:2]) in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "keras_genzoo.models.catalogue" in imported
    assert not {"keras", "numpy", "tensorflow"} & imported


# ---------------------------------------------------------------------- quick settings


def test_quick_settings_by_what_pixels_are():
    quick = Quick(9, {"a": 1}, {"b": 2}, {"256": {"c": 3}, "binary": {"c": 4}})
    assert quick.arguments("256") == {"a": 1, "b": 2, "c": 3}
    assert quick.arguments("binary") == {"a": 1, "b": 2, "c": 4}
    assert quick.arguments(None) == {"a": 1}
    assert Quick().arguments("256") == {}


@every_row
def test_models_of_a_comparison_score_the_same_pixels(row):
    def scored(pixels):
        return row.load()(image_shape=(8, 8, 1), **row.quick.arguments(pixels)).scale.levels

    assert scored("256") == 256
    if "binary" in row.quick.of_pixels:
        assert scored("binary") == 2


# ---------------------------------------------------------------------- bad input


def test_a_row_without_its_file_is_an_early_error():
    row = dataclasses.replace(ANY, name="nise")
    with pytest.raises(ImportError, match=r"class NICE in keras_genzoo/models/flow/nise.py, as"):
        row.load()
    with pytest.raises(ImportError, match="class NIZE .* there is none. Write it, or take"):
        dataclasses.replace(ANY, class_name="NIZE").load()


def test_what_a_models_file_lacks_is_not_taken_for_the_file(tmp_path, monkeypatch):
    import keras_genzoo.models.flow as folder

    (tmp_path / "needy.py").write_text("import no_such_module_here")
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_module_here'"):
        dataclasses.replace(ANY, name="needy").load()


@pytest.mark.parametrize("what", ["file", "test", "example"])
def test_a_row_without_its_files_fails_the_check(tmp_path, what):
    for other, path in files_of(ANY, tmp_path).items():
        if other != what:
            path.parent.mkdir(parents=True)
            path.touch()
    with pytest.raises(AssertionError, match=rf"'nice' of the catalogue lacks its {what} [^,]*\.$"):
        check_files(ANY, tmp_path)


def test_a_row_that_says_other_than_its_file_fails_the_check(monkeypatch):
    with pytest.raises(AssertionError, match="names the paper"):
        check_facts(dataclasses.replace(ANY, paper=Paper("A", 2001, "T")))
    monkeypatch.setattr(ANY.load(), "family", "other")
    with pytest.raises(AssertionError, match="the family is the base's"):
        check_facts(ANY)


def test_a_row_of_no_family_is_an_error():
    with pytest.raises(ValueError, match="'nice'; got 'flaw'. Did you mean 'flow'"):
        dataclasses.replace(ANY, family="flaw")
