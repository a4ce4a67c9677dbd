"""A preset that is made by its recipe, made again, and held to its card."""

import json
import shutil

import numpy as np
import pytest

import keras_genzoo as zoo
from keras_genzoo import recipes
from keras_genzoo.evaluation import Ruler
from keras_genzoo.metrics import Score
from keras_genzoo.metrics.image_hash import ImageHash
from keras_genzoo.recipes import Place, scoring
from keras_genzoo.recipes.reproducing import LEAST_NOISE
from keras_genzoo.support.files import sha256

PLACE = Place()


@pytest.fixture
def preset(made, tmp_path):
    """That preset, in a folder of the test's own."""
    return shutil.copytree(made, tmp_path / "nice_small")


def edit(path, old, new):
    """Changes a preset's file by hand."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def vouched_for(path):
    """Makes the metadata's checksum that of a file as it is now."""
    about = path.parent / "metadata.json"
    metadata = json.loads(about.read_text())
    metadata["sha256"][path.name] = sha256(path)
    about.write_text(json.dumps(metadata))


def test_a_new_preset_has_its_scores_in_recipe_metadata_and_card(made):
    recipe = recipes.read_recipe(made / "recipe.yaml")
    metadata = json.loads((made / "metadata.json").read_text())
    recorded = [Score.from_json(json.dumps(score)) for score in metadata["scores"]]
    model, card = zoo.from_preset(made), (made / "README.md").read_text()
    assert not model.compiled
    for target, score in zip(recipe.scores, recorded, strict=True):
        assert target.value == pytest.approx(score.value, abs=0.01 * target.noise)
        assert target.noise >= LEAST_NOISE * target.value
        assert score == recipes.measure(model, target)
        assert f"| `{score.metric}` |" in card
    assert metadata["description"] == "A NICE of small digits."
    assert "keras-genzoo reproduce nice_small" in card and (made / "samples.png").exists()


def test_a_score_is_that_of_the_ruler(made):
    model = zoo.from_preset(made)
    bits, distance = recipes.read_recipe(made / "recipe.yaml").scores
    ruler = Ruler("digits", image_size=8, limit=20, samples=12,
                  metrics=["bits_per_dim", "frechet_distance"], likelihood="exact")  # fmt: skip
    expected = ruler.measure(model).scores
    known_by = str(ImageHash().add(ruler.test))
    assert recipes.measure(model, bits) == expected["bits_per_dim"].with_protocol(
        real_hash=known_by
    )
    assert recipes.measure(model, distance) == expected["frechet_distance"]


def test_modes_are_scores_too():
    points = zoo.data.load("ring", "test", limit=40).x
    target = recipes.Target(metric="modes", data="ring", split="test", samples=40, seed=0)

    class Sampler:
        def sample(self, n, *, seed=None):
            return points[:n]

    assert recipes.measure(Sampler(), target).value == 8
    wrong = target.model_copy(update={"metric": "kl_nats"})
    with pytest.raises(ValueError, match="Expected modes or good_share of ring; got 'kl_nats'"):
        recipes.measure(Sampler(), wrong)


def test_noise_is_of_sampling_or_of_training_whichever_is_more():
    def scores(*values):
        return [Score("a", value, {"data": "x"}) for value in values]

    assert scoring.noise_of(scores(1, 2, 3), scores(1)) == pytest.approx(3)
    assert scoring.noise_of(scores(1, 2, 3), scores(1, 5)) == pytest.approx(3 * 8**0.5)
    assert scoring.noise_of(scores(1)) == 0


def test_training_again_holds_and_repeats_nothing(preset, tmp_path, capsys):
    held = recipes.reproduce(preset, tmp_path / "run", PLACE)
    assert [one.holds for one in held] == [True, True]
    again = tmp_path / "run" / "preset"
    first, second = (zoo.from_preset(folder) for folder in (preset, again))
    assert all(map(np.array_equal, first.get_weights(), second.get_weights()))
    assert (again / "recipe.yaml").read_text() == (preset / "recipe.yaml").read_text()
    assert all(one.holds for one in recipes.check(again, PLACE))
    capsys.readouterr()
    recipes.reproduce(preset, tmp_path / "run", PLACE)
    assert "nothing to train" in capsys.readouterr().out


def test_a_training_that_is_as_good_no_more_does_not_hold(preset, tmp_path):
    path = preset / "recipe.yaml"
    adam = "{class_name: Adam, config: {learning_rate: 0.3}}"
    edit(path, "epochs: 1", f"epochs: 3\ncompile: {{optimizer: {{flow: {adam}}}}}")
    bits, _ = recipes.reproduce(preset, tmp_path, PLACE)
    assert not bits.holds and "not as stated" in str(bits)


def test_a_recipe_without_scores_to_reach_is_only_to_be_made(recipe_file, tmp_path):
    with pytest.raises(ValueError, match="reproduce --new"):
        recipes.reproduce(recipe_file, tmp_path / "run", PLACE)
    assert not (tmp_path / "run").exists()


def test_a_card_that_was_not_touched_holds(preset):
    held = recipes.check(preset, PLACE)
    assert [one.holds for one in held] == [True, True]


@pytest.mark.parametrize(("file", "form"), [("README.md", ".4g"), ("recipe.yaml", "")])
def test_a_figure_that_was_altered_by_hand_is_caught(preset, file, form):
    value = recipes.read_recipe(preset / "recipe.yaml").scores[0].value
    path = preset / file
    text = path.read_text()
    assert format(value, form) in text
    path.write_text(text.replace(format(value, form), format(value - 1, form)))
    with pytest.raises(ValueError, match=f"{file} was altered after it was written"):
        recipes.check(preset, PLACE)
    if file == "recipe.yaml":
        vouched_for(path)
        with pytest.raises(ValueError, match="does not hold: it says bits_per_dim"):
            recipes.check(preset, PLACE)


def test_a_figure_in_the_metadata_that_the_weights_do_not_have_is_caught(preset):
    path = preset / "metadata.json"
    metadata = json.loads(path.read_text())
    metadata["scores"][0]["value"] -= 1
    path.write_text(json.dumps(metadata))
    with pytest.raises(ValueError, match="does not hold"):
        recipes.check(preset, PLACE)


def test_other_weights_do_not_hold(preset, tmp_path):
    """Even where all files fit together."""
    model = zoo.from_preset(preset)
    for variable in model.trainable_variables:
        variable.assign(variable + 0.05)
    model.save_to_preset(tmp_path / "other", include_optimizer=False)
    about = json.loads((preset / "metadata.json").read_text())
    other = json.loads((tmp_path / "other" / "metadata.json").read_text())
    shutil.copy(tmp_path / "other" / "model.weights.h5", preset)
    about["sha256"]["model.weights.h5"] = other["sha256"]["model.weights.h5"]
    (preset / "metadata.json").write_text(json.dumps(about))
    with pytest.raises(ValueError, match="does not hold"):
        recipes.check(preset, PLACE)


def test_a_score_of_other_data_is_none_of_the_card(preset, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), "uint8")
    np.savez(tmp_path / "other.npz", x_train=images, x_test=images)
    with pytest.raises(ValueError, match="Expected the images that bits_per_dim of digits was"):
        recipes.check(preset, Place(path=tmp_path / "other.npz"))
    target = recipes.read_recipe(preset / "recipe.yaml").scores[1]
    score = recipes.measure(zoo.from_preset(preset), target)
    other = score.with_protocol(real_hash="0")
    with pytest.raises(ValueError, match="Expected the images that frechet_distance of digits"):
        scoring.same_data(other, score)


def test_what_cannot_be_checked_says_why(preset, tmp_path):
    zoo.from_preset(preset).save_to_preset(tmp_path / "bare")
    with pytest.raises(ValueError, match=r"Expected a preset with a recipe\.yaml"):
        recipes.check(tmp_path / "bare", PLACE)
    text = (preset / "recipe.yaml").read_text()
    zoo.from_preset(preset).save_to_preset(tmp_path / "unmeasured", recipe=text)
    with pytest.raises(ValueError, match="Expected the measured scores"):
        recipes.check(tmp_path / "unmeasured", PLACE)
