"""`keras-genzoo evaluate` and `compare`: what they write, what they say, and their exit status."""

import json

import keras
import numpy as np
import pytest
from command import fails, ok, run
from PIL import Image
from tiny_extractor import tiny_extractor

import keras_genzoo as zoo
from keras_genzoo.evaluation import Comparison, Measured, Ruler
from keras_genzoo.metrics import sample_quality
from keras_genzoo.models.catalogue import FOLDERS

SMALL = ["--limit", "60", "--samples", "14"]
QUICK = "log_likelihood,bits_per_dim,parameters"


@pytest.fixture(autouse=True)
def small_extractor(monkeypatch):
    monkeypatch.setattr(sample_quality, "embedded_extractor", tiny_extractor)


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset")
    keras.utils.set_random_seed(0)
    zoo.NICE(image_shape=(8, 8, 1), hidden_units=4, hidden_layers=1).save_to_preset(folder)
    return folder


# ---------------------------------------------------------------------- evaluate


def test_evaluate_prints_and_writes_what_the_ruler_measures(preset, tmp_path):
    out = tmp_path / "new" / "scores.json"
    metrics = [*QUICK.split(","), "frechet_distance"]
    text = ok("evaluate", preset, *SMALL, "--metrics", QUICK, "--metrics", "frechet_distance",
              "--seed", 2, "--out", out)  # fmt: skip
    ruler = Ruler("digits", image_size=8, limit=60, samples=14, metrics=metrics, seed=2)
    expected = ruler.measure(zoo.from_preset(str(preset)))
    assert Measured.from_json(out.read_text()) == expected
    for metric, score in expected.scores.items():
        assert metric in text
        for key in score.protocol:
            assert f"{key}=" in text
    assert str(out) in text


def test_evaluate_hands_on_the_likelihoods_method_and_options(preset):
    text = ok("evaluate", preset, *SMALL, "--metrics", "log_likelihood", "--likelihood", "ais",
              "--likelihood-set", "observation_std=0.3", "--likelihood-set", "chains=2",
              "--likelihood-set", "distributions=3", "--examples", 3)  # fmt: skip
    text = "".join(text.replace("│", " ").split())
    assert "≥" in text
    for entry in ("method=ais", "observation_std=0.3", "chains=2", "distributions=3", "examples=3"):
        assert entry in text


@pytest.mark.filterwarnings("default::UserWarning")
def test_evaluate_skips_broken_images_where_it_is_told_to(preset, tmp_path):
    for i in range(9):
        Image.fromarray(np.full((8, 8), 20 * i, "uint8")).save(tmp_path / f"{i}.png")
    (tmp_path / "3.png").write_bytes(b"damaged")
    command = ["evaluate", preset, "--data", tmp_path, "--split", "train", "--metrics", QUICK]
    assert "or pass --skip-broken." in fails(1, *command)
    result = run(*command, "--skip-broken")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("Warning: Skipped 1 of 9 images") == 1


def test_evaluate_says_what_it_did_not_measure(preset, monkeypatch):
    monkeypatch.setattr(Ruler, "stages", lambda self: {"representation": ["linear_probe_accuracy"]})
    monkeypatch.setattr(
        Ruler, "_read", lambda self, split, read=Ruler._read: (read(self, split)[0], None)
    )
    text = ok("evaluate", preset, *SMALL)
    assert "linear_probe_accuracy was not measured: digits has no labels" in text


def test_nothing_is_trained_on_the_slice_that_is_measured():
    ruler = Ruler("digits", split="train[90%:]", image_size=8)
    assert (len(ruler.test), len(ruler.train)) == (144, 1298)
    assert not {x.tobytes() for x in ruler.test} & {x.tobytes() for x in ruler.train}
    assert len(Ruler("digits", split="train[:90%]", image_size=8).train) == 144
    assert len(Ruler("digits", image_size=8).train) == 1442
    with pytest.raises(ValueError, match=r"leaves one slice.*; got 'train\[5%:9%\]'"):
        Ruler("digits", split="train[5%:9%]", image_size=8).train  # noqa: B018


# ---------------------------------------------------------------------- compare


COMPARE = ["--image-size", "8", *SMALL, "--metrics", QUICK, "--epochs", "1"]
TINY = ["--set", "nice.hidden_units=4", "--set", "vae.hidden_units=[4]"]


def test_compare_trains_measures_writes_and_repeats_nothing(tmp_path, monkeypatch):
    command = ["compare", "nice", "vae", *COMPARE, *TINY, "--out", tmp_path]
    text = ok(*command)
    comparison = Comparison.from_json((tmp_path / "comparison.json").read_text())
    assert list(comparison.models) == ["nice", "vae"]
    assert comparison.models["nice"].training["settings"]["hidden_units"] == 4
    header, rows, _ = comparison.rows()
    for title in header[1:]:
        assert title in text
    for row in rows:
        assert all(figure in text for figure in row)
    for name in ("comparison.json", "comparison.md", "comparison.png", "samples.png"):
        assert str(tmp_path / name) in text and (tmp_path / name).exists()

    monkeypatch.setattr(zoo.GenerativeModel, "fit", lambda *a, **k: pytest.fail("trained again"))
    again = ok(*command)
    assert "nice: trained already, 1 epochs" in again
    assert Comparison.from_json((tmp_path / "comparison.json").read_text()) == comparison


def test_compare_takes_one_of_each_family_by_default(tmp_path, monkeypatch):
    seen = []

    def compare(models, ruler, **arguments):
        seen.append((list(models), ruler.data, ruler.num_samples, arguments["epochs"]))
        raise ValueError("seen")

    monkeypatch.setattr(zoo.evaluation, "compare", compare)
    fails(1, "compare", "--out", tmp_path)
    assert seen == [(["dcgan", "vae", "nice", "pixel_cnn"], "digits", 300, None)]
    assert {zoo.MODELS[name].family for name in seen[0][0]} == set(FOLDERS)


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "PRESET", "--metrics", "frechet"], "Did you mean 'frechet_distance'"),
        (["evaluate", "PRESET", "--likelihood", "exakt"], "Did you mean 'exact'"),
        (["evaluate", "PRESET", "--pixels", "bin"], "Did you mean 'binary'"),
        (["evaluate", "PRESET", "--likelihood-set", "k=3"], "Expected --likelihood"),
        (["evaluate", "PRESET", "--out", "x.md"], "ending in .json"),
        (["evaluate", "PRESET", "--samples", "0"], "--samples"),
        (["evaluate"], "Missing argument"),
        (["compare", "nice", "--set", "hidden_units=3"], "MODEL.NAME=VALUE"),
        (["compare", "nice", "--set", "nice.hidden_units"], "NAME=VALUE"),
        (["compare", "nice", "--metrics", "recal"], "Did you mean 'recall'"),
        (["compare", "nice", "--epochs", "0"], "--epochs"),
    ],
)
def test_wrong_usage_is_status_2(preset, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in fails(2, *(preset if word == "PRESET" else word for word in arguments))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "dcgan_digit"], "dcgan_digits"),
        (["evaluate", "PRESET", "--data", "digist"], "digits"),
        (["evaluate", "PRESET", "--split", "tset"], "split"),
        (["evaluate", "PRESET", "--inception", "nowhere.pb"], "nowhere.pb"),
        (["evaluate", "PRESET", "--likelihood", "elbo", "--metrics", "bits_per_dim"], "exact, ais"),
        (["compare", "dcgann"], "Did you mean 'dcgan'"),
        (["compare", "nice", "--data", "digist"], "digits"),
        (["compare", "nice", "--set", "vae.latent_dim=3"], "settings of the models"),
        (["compare", "nice", "--set", "nice.units=3"], "units"),
        (["compare", "dcgan", "--image-size", "9"], "9, 9, 1"),
    ],
)
def test_an_error_is_one_line_and_status_1(preset, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = run(*(preset if word == "PRESET" else word for word in arguments))
    assert result.exit_code == 1, result.output
    assert message in result.stderr
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["evaluate", "compare"])
def test_out_that_cannot_be_written_is_known_first(preset, tmp_path, command, monkeypatch):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "x.json"
    monkeypatch.setattr(Ruler, "measure", lambda *a, **k: pytest.fail("measured"))
    monkeypatch.setattr(zoo.GenerativeModel, "fit", lambda *a, **k: pytest.fail("trained"))
    arguments = [preset] if command == "evaluate" else ["nice", *COMPARE]
    assert "can be written" in fails(1, command, *arguments, "--out", out)


def test_json_of_evaluate_is_plain(preset, tmp_path):
    ok("evaluate", preset, *SMALL, "--metrics", "parameters", "--out", tmp_path / "s.json")
    content = json.loads((tmp_path / "s.json").read_text())
    assert [score["metric"] for score in content["scores"]] == ["parameters"]
    assert content["scores"][0]["protocol"]
