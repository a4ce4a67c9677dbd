"""A recipe that trains in a second, and its preset."""

import pytest
from tiny_extractor import tiny_extractor

import keras_genzoo as zoo
from keras_genzoo import recipes
from keras_genzoo.metrics import sample_quality

TEXT = """\
# A comment.
about: |
  A NICE of small digits.

  And more.
model: nice
arguments: {hidden_units: 4, hidden_layers: 1}
data: {name: digits, image_size: 8, limit: 40}
epochs: 1
batch_size: 20
scores:
- {metric: bits_per_dim, data: digits, split: test, limit: 20, method: exact, seed: 0}
- {metric: frechet_distance, data: digits, split: test, limit: 20, samples: 12,
  extractor: digits_fashion, seed: 0}
"""


@pytest.fixture(autouse=True, scope="module")
def small_extractor():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_quality, "embedded_extractor", tiny_extractor)
        yield


@pytest.fixture
def recipe_file(tmp_path):
    """A recipe in a folder of its own, whose preset is still to be made."""
    path = tmp_path / "nice_small" / "recipe.yaml"
    path.parent.mkdir()
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a preset that was made by that recipe, which no test may change."""
    folder = tmp_path_factory.mktemp("zoo") / "nice_small"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(TEXT)
    recipes.make_new(folder, tmp_path_factory.mktemp("runs"), recipes.Place(), runs=2)
    assert isinstance(zoo.from_preset(folder), zoo.NICE)
    return folder
