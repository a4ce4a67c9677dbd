"""The shipped presets hold what their cards say."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.svm import SVC

import keras_genzoo as zoo
from keras_genzoo import recipes


@pytest.mark.parametrize("name", zoo.presets())
def test_every_preset_loads_and_has_its_card(name):
    model = zoo.from_preset(name)
    folder = zoo.saving.zoo_folder() / name
    assert (folder / "samples.png").stat().st_size > 1000
    assert type(model).__name__ in (folder / "README.md").read_text()
    assert len(model.sample(4, seed=0)) == 4


@pytest.mark.parametrize("name", zoo.presets())
def test_no_card_was_altered_by_hand(name):
    recipe, scores = recipes.stated(name)
    for target, score in zip(recipe.scores, scores, strict=True):
        assert recipes.Held(target, score).holds


def test_the_card_of_dcgan_digits_holds():
    assert all(held.holds for held in recipes.check("dcgan_digits", recipes.Place()))


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in zoo.presets() if name.endswith("_mnist")])
def test_the_cards_of_others_hold_where_their_data_are(shared_data, name):
    assert all(held.holds for held in recipes.check(name, recipes.Place(shared_data / "mnist")))


def test_dcgan_digits_are_digits():
    """A classifier of real digits sees all ten in 1,000 samples, each in 2 % or more."""
    real, labels = load_digits(return_X_y=True)
    classifier = SVC().fit(real, labels)
    samples = zoo.from_preset("dcgan_digits").sample(1000, seed=0)[..., 0]
    small = [Image.fromarray(x).resize((8, 8), Image.Resampling.BICUBIC) for x in samples]
    seen = classifier.predict(np.reshape(small, (-1, 64)) * (16 / 255))
    assert np.bincount(seen, minlength=10).min() >= 20
