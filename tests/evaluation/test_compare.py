import json
import shutil

import keras
import numpy as np
import pytest
from PIL import Image
from tiny_extractor import tiny_extractor

import keras_genzoo as zoo
from keras_genzoo import evaluation
from keras_genzoo.engine import compiling
from keras_genzoo.evaluation import Comparison, Ruler, contestants
from keras_genzoo.evaluation.comparing import SHOWN

METRICS = ("log_likelihood", "bits_per_dim", "frechet_distance", "recall", "parameters")
TINY = {"vae": {"hidden_units": [8]}, "nice": {"hidden_units": 8, "hidden_layers": 1}}


def ruler(**arguments):
    return Ruler(
        "digits",
        **{"image_size": 8, "limit": 70, "samples": 14, "metrics": METRICS, **arguments},
        extractor=tiny_extractor(),
    )


def compare(out, models=("vae", "nice"), epochs=2, one=None, **arguments):
    arguments = {"settings": {name: TINY[name] for name in models if name in TINY}, **arguments}
    return evaluation.compare(
        models, one or ruler(), out=out, epochs=epochs, verbose=0, **arguments
    )


@pytest.fixture(scope="module", autouse=True)
def no_xla():
    """It takes longer to compile than these models take to train."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiling, "use_xla", lambda *_: False)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A whole comparison and its folder, which no test may change."""
    out = tmp_path_factory.mktemp("compare")
    return compare(out), out


@pytest.fixture
def calls(monkeypatch):
    """How often a model was trained, and what was measured."""
    found = {"fit": 0, "measured": []}
    fit, measure = zoo.GenerativeModel.fit, Ruler.measure

    def counted_fit(self, *args, **kwargs):
        found["fit"] += 1
        return fit(self, *args, **kwargs)

    def counted_measure(self, model, stages, **kwargs):
        found["measured"] += [(type(model).__name__, stage) for stage in stages]
        return measure(self, model, stages, **kwargs)

    monkeypatch.setattr(zoo.GenerativeModel, "fit", counted_fit)
    monkeypatch.setattr(Ruler, "measure", counted_measure)
    return found


def test_all_that_it_writes(finished):
    comparison, out = finished
    assert Comparison.from_json((out / "comparison.json").read_text()) == comparison
    assert (out / "comparison.md").read_text() == comparison.markdown()
    for name, entry in comparison.models.items():
        assert list(entry.scores) == list(METRICS)
        assert entry.training["epochs"] == 2
        assert entry.training["steps"] == 2 * (70 // 64)
        drawn = np.load(out / name / "samples.npy")
        model = zoo.from_preset(str(out / name / "preset"))
        np.testing.assert_array_equal(drawn, model.sample(14, seed=0))
        assert entry.scores["parameters"].value == model.count_params()
    for name in ("comparison.png", "samples.png"):
        with Image.open(out / name) as image:
            assert min(image.size) > 100
    assert not list(out.rglob(".part-*"))


def test_models_of_a_name_are_trained_by_their_quick_settings_and_those_given(finished):
    comparison, out = finished
    vae = zoo.from_preset(str(out / "vae" / "preset"))
    assert vae.likelihood == "gaussian"  # so that all score the same 256-valued pixels
    assert list(vae.hidden_units) == [8]
    of = [entry.scores["log_likelihood"].protocol["of"] for entry in comparison.models.values()]
    assert of == ["256-valued pixels"] * 2
    assert comparison.models["vae"].training["settings"]["likelihood"] == "gaussian"


def test_again_repeats_nothing(finished, tmp_path, calls):
    comparison, out = finished
    shutil.copytree(out, tmp_path / "again")
    assert compare(tmp_path / "again") == comparison
    assert calls == {"fit": 0, "measured": []}


def test_an_interrupted_one_goes_on_with_what_is_missing(finished, tmp_path, calls, monkeypatch):
    comparison, _ = finished
    quality = Ruler._samples

    def interrupted(self, model, *args):
        if type(model).__name__ == "NICE":
            raise KeyboardInterrupt
        return quality(self, model, *args)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Ruler, "_samples", interrupted)
        compare(tmp_path)
    assert not (tmp_path / "comparison.json").exists()
    assert calls["fit"] == 2
    calls["measured"].clear()
    assert compare(tmp_path) == comparison
    assert calls == {"fit": 2, "measured": [("NICE", "samples"), ("NICE", "cost")]}


def test_training_that_was_interrupted_goes_on_exactly(finished, tmp_path, monkeypatch):
    comparison, out = finished

    class Stop(Exception):
        pass

    bar = contestants.EpochBar.on_epoch_begin

    def stopped(self, epoch, logs=None):
        if epoch == 1:
            raise Stop
        bar(self, epoch, logs)

    class NoLog(keras.callbacks.CSVLogger):  # the real one would leave its file open
        def on_train_begin(self, logs=None):
            pass

        def on_epoch_end(self, epoch, logs=None):
            pass

    monkeypatch.setattr(keras.callbacks, "CSVLogger", NoLog)
    with monkeypatch.context() as patch, pytest.raises(Stop):
        patch.setattr(contestants.EpochBar, "on_epoch_begin", stopped)
        compare(tmp_path)
    assert not (tmp_path / "vae" / "preset").exists()
    assert compare(tmp_path) == comparison


def test_more_epochs_train_on_and_measure_anew(finished, tmp_path, calls):
    comparison, out = finished
    shutil.copytree(out, tmp_path / "more")
    more = compare(tmp_path / "more", ["vae"], epochs=3)
    assert calls["fit"] == 1 and len(calls["measured"]) == 3
    nats = [c.models["vae"].scores["log_likelihood"].value for c in (comparison, more)]
    assert nats[0] != nats[1]
    assert more == compare(tmp_path / "at_once", ["vae"], epochs=3)
    with pytest.raises(ValueError, match="of 3 epochs; expected 2"):
        compare(tmp_path / "more", ["vae"])


def test_another_protocol_measures_what_depends_on_it_alone(finished, tmp_path, calls):
    _, out = finished
    shutil.copytree(out, tmp_path / "other")
    compare(tmp_path / "other", one=ruler(samples=15))
    assert calls == {"fit": 0, "measured": [("VAE", "samples"), ("NICE", "samples")]}
    assert len(np.load(tmp_path / "other" / "vae" / "samples.npy")) == 15


def test_training_with_other_settings_is_refused(finished, tmp_path):
    _, out = finished
    with pytest.raises(ValueError, match=r"\{'seed': 0\}; this one has \{'seed': 1\}"):
        compare(out, seed=1)
    with pytest.raises(ValueError, match="latent_dim"):
        compare(out, settings={**TINY, "vae": {"latent_dim": 3, "hidden_units": [8]}})
    with pytest.raises(ValueError, match="pixels"):
        compare(out, one=ruler(pixels="binary"))


def test_presets_stand_beside_trained_models(finished, tmp_path):
    comparison, out = finished
    preset = str(out / "vae" / "preset")
    one = compare(tmp_path, (preset, "nice"))
    assert one.models[preset].training == {"preset": preset}
    assert one.models[preset].scores == comparison.models["vae"].scores
    assert one.models["nice"] == comparison.models["nice"]
    assert not list(tmp_path.rglob("*vae*/checkpoints"))


def test_the_same_seed_gives_the_same_model_whatever_stands_beside_it(finished, tmp_path):
    comparison, _ = finished
    assert compare(tmp_path, ["nice"]).models["nice"] == comparison.models["nice"]


def test_the_callers_random_numbers_are_left_alone(tmp_path):
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    compare(tmp_path, ["nice"], epochs=1, one=ruler(metrics=["parameters"]))
    assert np.random.random() == expected


def test_the_picture_has_real_images_and_a_row_for_each_model(finished, monkeypatch, tmp_path):
    _, out = finished
    shutil.copytree(out, tmp_path / "again")
    seen = {}
    pictures = evaluation.comparison_pictures
    drawn = pictures.rows_of_samples
    monkeypatch.setattr(pictures, "rows_of_samples", lambda rows: seen.update(rows) or drawn(rows))
    compare(tmp_path / "again")
    assert list(seen) == ["digits, test", "vae", "nice"]
    np.testing.assert_array_equal(seen["digits, test"], ruler().test[:SHOWN])
    np.testing.assert_array_equal(seen["nice"], np.load(out / "nice" / "samples.npy")[:SHOWN])


def test_vectors_of_any_model_that_takes_them(tmp_path):
    one = Ruler("ring", limit=130, metrics=["log_likelihood", "parameters"])
    settings = {"nice": {"hidden_units": 4, "hidden_layers": 1}}
    found = evaluation.compare(["nice"], one, out=tmp_path, epochs=1, settings=settings, verbose=0)
    assert found.models["nice"].scores["log_likelihood"].protocol["of"] == "vectors"
    assert not (tmp_path / "samples.png").exists()


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["vea"], "got 'vea'. Did you mean .*'vae'"),
        (["vae", "vae"], "each once"),
        ([], "each once"),
        (["./nowhere"], "nowhere"),
        (["dcgan_digits"], r"dcgan_digits|models \(28, 28, 1\)"),
    ],
)
def test_models_that_are_not(tmp_path, calls, models, message):
    with pytest.raises(ValueError, match=message):
        compare(tmp_path, models)
    assert calls["fit"] == 0


def test_all_are_built_before_the_first_is_trained(tmp_path, calls):
    with pytest.raises(ValueError, match="9, 9, 1"):
        compare(tmp_path, ["vae", "dcgan"], one=ruler(image_size=9))
    with pytest.raises(ValueError, match="PixelCNN cannot be made"):
        evaluation.compare(["nice", "pixel_cnn"], Ruler("ring"), out=tmp_path, verbose=0)
    with pytest.raises(ValueError, match="widht"):
        compare(tmp_path, ["vae"], settings={"vae": {"widht": 3}})
    with pytest.raises(ValueError, match="settings of the models"):
        compare(tmp_path, ["vae"], settings={"nice": {}})
    assert calls["fit"] == 0


def test_an_out_that_cannot_be_written(tmp_path, calls):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="can be written"):
        compare(tmp_path / "file" / "out")
    assert calls["fit"] == 0


def test_scores_that_were_cut_off_are_not_taken(finished, tmp_path):
    """They are written whole: what is not is somebody else's, and is not overwritten."""
    _, out = finished
    shutil.copytree(out, tmp_path / "cut")
    path = tmp_path / "cut" / "vae" / "scores.json"
    path.write_text(path.read_text()[:50])
    with pytest.raises(ValueError, match="scores.json"):
        compare(tmp_path / "cut")
    assert len(path.read_text()) == 50
    assert json.loads((out / "vae" / "scores.json").read_text())
