"""`recipe.yaml` as it is read and written."""

import pytest

from keras_genzoo import recipes, saving
from keras_genzoo.recipes import Recipe

SCORE = (
    "{metric: recall, data: digits, split: test, samples: 9, extractor: digits_fashion, seed: 0}"
)
BEGIN = "model: nice\ndata: digits\n"


def read(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    return recipes.read_recipe(path)


def test_a_recipe_says_what_it_says(recipe_file):
    recipe = recipes.read_recipe(recipe_file)
    assert recipe.model == "nice"
    assert recipe.arguments == {"hidden_units": 4, "hidden_layers": 1}
    assert (recipe.data.name, recipe.data.split, recipe.data.image_size) == ("digits", "train", 8)
    assert (recipe.epochs, recipe.steps, recipe.batch_size, recipe.seed) == (1, None, 20, 0)
    assert [score.metric for score in recipe.scores] == ["bits_per_dim", "frechet_distance"]
    assert recipe.about == "A NICE of small digits.\n\nAnd more.\n"


def test_what_is_written_reads_as_the_same_recipe(recipe_file, tmp_path):
    recipe = recipes.read_recipe(recipe_file)
    text = recipes.written(recipe)
    assert read(tmp_path, text) == recipe
    # What the loader would take for something else is quoted, what it would not is not.
    odd = Recipe(model="nice", data={"name": "2e-4"}, epochs=3, arguments={"a": "no", "b": 1e-5})
    again = read(tmp_path, recipes.written(odd))
    assert again == odd and again.data.name == "2e-4" and again.arguments == odd.arguments


def test_plain_values_are_those_of_yaml_1_2(tmp_path):
    compile = read(tmp_path, BEGIN + "epochs: 1\ncompile: {a: 2e-4, b: no, c: 1:30, d: true, e: ~}")
    assert compile.compile == {"a": 2e-4, "b": "no", "c": "1:30", "d": True, "e": None}


def test_a_name_alone_is_data_and_a_word_alone_an_augmentation(tmp_path):
    assert read(tmp_path, BEGIN + "epochs: 1").data == recipes.Data(name="digits")
    text = "model: nice\ndata: {name: digits, augment: flip}\nsteps: 5"
    assert read(tmp_path, text).data.augment == ["flip"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BEGIN + "epcohs: 3", "Expected a key that recipes have; got 'epcohs'. Did you mean 'epo"),
        (
            "model: nice\ndata: {nmae: digits}\nepochs: 1",
            "Expected a key of data that recipes have; got 'nmae'. Did you mean 'name'",
        ),
        (
            BEGIN + "epochs: 1\nscores: [{metrik: recall}]",
            "Expected a key of scores.0 that recipes have; got 'metrik'. Did you mean 'metric'",
        ),
        ("data: digits\nepochs: 1", "Expected the key 'model'; there is none."),
        (BEGIN + "epochs: many", "Expected epochs to be a valid integer; got 'many'"),
        (BEGIN + "epochs: 0", "Expected epochs to be greater than or equal to 1; got 0"),
        (BEGIN + "epochs: 1\nseed: 1.5", "Expected seed to be a valid integer; got 1.5"),
        (BEGIN + "epochs: 1\narguments: 3", "Expected arguments to be keys and values; got 3"),
        (BEGIN + "epochs: 1\nstorage: float8", "'float32' or 'float16'; got 'float8'"),
        ("model: nise\ndata: digits\nepochs: 1", "got 'nise'. Did you mean 'nice'"),
        (BEGIN, "Expected either epochs or steps; got epochs=None, steps=None."),
        (BEGIN + "epochs: 1\nsteps: 2", "Expected either epochs or steps"),
        (
            f"model: nice\ndata: mnist\nepochs: 1\nscores: [{SCORE}]",
            "Expected scores of 'mnist', the data that the recipe trains on; got recall of 'digi",
        ),
        (BEGIN + f"epochs: 1\nscores: [{SCORE}, {SCORE}]", "scores of different metrics"),
        (
            BEGIN + f"epochs: 1\nscores: [{SCORE.replace('recall', 'recal')}]",
            "Expected a metric; got 'recal'. Did you mean 'recall'",
        ),
        (
            BEGIN + "epochs: 1\nscores: [{metric: recall, data: digits, split: test, seed: 0}]",
            "Expected samples and extractor for recall",
        ),
        (
            BEGIN + f"epochs: 1\nscores: [{SCORE.replace('samples', 'method: exact, samples')}]",
            "to which 'method' says nothing",
        ),
        (
            BEGIN + f"epochs: 1\nscores: [{SCORE.replace('samples', 'value: 1, samples')}]",
            "Expected value and noise of recall together",
        ),
        ("model: [", "Expected YAML in"),
        ("model: a\nmodel: b", "in line 1: the key 'model' stands twice"),
        ("- model", "Expected the keys of a recipe in"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path, text, message):
    with pytest.raises(ValueError) as error:
        read(tmp_path, text)
    assert message in str(error.value) and str(tmp_path / "a.yaml") in str(error.value)


def test_recipes_are_found_by_file_folder_and_name(recipe_file, tmp_path, monkeypatch):
    monkeypatch.setattr(recipes.reading, "zoo_folder", lambda: tmp_path)
    for name in (recipe_file, recipe_file.parent, "nice_small"):
        assert recipes.find_recipe(name) == recipe_file
    with pytest.raises(ValueError, match="got 'nice_smal'.*Did you mean 'nice_small'"):
        recipes.find_recipe("nice_smal")
    with pytest.raises(ValueError, match=r"a preset with a recipe\.yaml; .* has none"):
        recipes.find_recipe(tmp_path)


def test_those_of_the_zoo_are_short_and_in_the_form_that_is_written():
    files = sorted(saving.zoo_folder().glob("*/recipe.yaml"))
    assert files
    for file in files:
        recipe = recipes.read_recipe(file)
        assert recipe.scores and recipe.about, file
        assert len(file.read_text().splitlines()) <= 30, file
