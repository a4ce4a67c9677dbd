"""A model of a user's own, which subclasses a family's base, needs no row.

It is the one that `docs/adding_a_model.md` shows.
"""

import re
import sys

import contract
import keras
import numpy as np
import pytest
from catalogue_checks import ROOT
from zoo_cases import VECTORS, Case

import keras_genzoo as zoo
from keras_genzoo import evaluation, registry
from keras_genzoo.evaluation import Ruler
from keras_genzoo.models.catalogue import ROWS, Small

DOCUMENT = ROOT / "docs" / "adding_a_model.md"


@pytest.fixture(scope="module", autouse=True)
def mine(tmp_path_factory):
    """The folder of mine.py, from which it can be imported."""
    folder = tmp_path_factory.mktemp("mine")
    code, *_ = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (folder / "mine.py").write_text(code)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder
    sys.modules.pop("mine", None)
    keras.saving.get_custom_objects().pop("mine>Gaussian", None)


def small(**arguments) -> Case:
    return Case(registry.model_class("mine:Gaussian"), Small(arguments, dense=True))


def test_it_has_no_row():
    cls = small().cls
    assert cls not in [row.load() for row in ROWS.values()] and "Gaussian" not in dir(zoo)
    assert cls.family == "flow"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"image_shape": (8, 8, 1)}, marks=pytest.mark.long),
        {"num_features": 3},
    ],
    ids=["images", "vectors"],
)
def test_contract(tmp_path, arguments):
    contract.check(small(**arguments), tmp_path)


def test_it_learns_means_and_deviations():
    model = small(num_features=3).build()
    model.compile(keras.optimizers.Adam(0.1))
    model.fit(VECTORS, batch_size=60, epochs=60, verbose=0)
    np.testing.assert_allclose(model.standardized.mean, VECTORS.mean(axis=0), atol=0.05)
    std = np.exp(keras.ops.convert_to_numpy(model.standardized.log_std))
    np.testing.assert_allclose(std, VECTORS.std(axis=0), rtol=0.05)


def test_compare_trains_it_and_takes_its_preset(tmp_path):
    ruler = Ruler("ring", limit=200, metrics=["log_likelihood", "parameters"])
    name, preset = "mine:Gaussian", str(tmp_path / "mine_Gaussian" / "preset")
    one = evaluation.compare([name], ruler, out=tmp_path, epochs=1, verbose=0).models[name]
    assert (one.class_name, one.family) == ("Gaussian", "flow")
    two = evaluation.compare([preset], ruler, out=tmp_path / "loaded", verbose=0).models[preset]
    assert two.scores == one.scores and two.family == "flow"


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("mine:Gaussina", ValueError, "there is none of that name"),
        ("mine:Standardized", ValueError, "a subclass of keras_genzoo.GenerativeModel; it is"),
        ("nobodys:Gaussian", ImportError, "got 'nobodys': No module named 'nobodys'"),
        ("mine:", ValueError, "Expected a model of the zoo, or module:Class; got 'mine:'"),
    ],
)
def test_what_is_no_model(tmp_path, name, error, message):
    with pytest.raises(error, match=message):
        registry.model_class(name)
    if name != "mine:":
        with pytest.raises(error, match=message):
            evaluation.compare([name], Ruler("ring"), out=tmp_path, verbose=0)
