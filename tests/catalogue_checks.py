"""What a row of the catalogue promises: its files, and that they say what it says."""

import contextlib
import importlib
import inspect
import sys
from pathlib import Path

import keras
import pytest

import keras_genzoo as zoo
from keras_genzoo.models import catalogue
from keras_genzoo.models.catalogue import Row

ROOT = Path(__file__).parents[1]


def files_of(row: Row, root: Path = ROOT) -> dict[str, Path]:
    """Where a model's files are, beside its row."""
    folder = Path(*row.module.split(".")[-2:-1])
    example = {"example": root / "examples" / f"{row.name}.py"} if row.example else {}
    return {
        "file": root / "keras_genzoo" / "models" / folder / f"{row.name}.py",
        "test": root / "tests" / "models" / folder / f"test_{row.name}.py",
        **example,
    }


def check_files(row: Row, root: Path = ROOT):
    """Fails where a file is missing, and says which."""
    files = files_of(row, root)
    missing = [f"its {what} {path}" for what, path in files.items() if not path.exists()]
    assert not missing, f"The row {row.name!r} of the catalogue lacks {', '.join(missing)}."


def check_facts(row: Row):
    """The class and its file say what the row says."""
    cls = row.load()
    assert cls.family == row.family, "the family is the base's"
    assert getattr(zoo, row.class_name) is cls and row.class_name in dir(zoo)
    document = " ".join(inspect.getmodule(cls).__doc__.split())
    assert f": {row.paper}." in document, "the module's docstring names the paper"


@contextlib.contextmanager
def added(row: Row, root: Path):
    """Puts a row into the catalogue, whose file lies under `root` as it would in the checkout."""
    folder = importlib.import_module(row.module.rpartition(".")[0])
    file = files_of(row, root)["file"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "__path__", [*folder.__path__, str(file.parent)])
        patch.setitem(catalogue.ROWS, row.name, row)
        yield row
    # What Python and Keras have seen of it.
    vars(zoo).pop(row.class_name, None)
    vars(folder).pop(row.name, None)
    sys.modules.pop(row.module, None)
    keras.saving.get_custom_objects().pop(f"keras_genzoo>{row.class_name}", None)
