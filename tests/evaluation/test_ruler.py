import math

import numpy as np
import pytest
from tiny_extractor import tiny_extractor
from zoo_cases import CASES

import keras_genzoo as zoo
from keras_genzoo.evaluation import METRICS, STAGES, Measured, Ruler
from keras_genzoo.evaluation.ruler import binarized
from keras_genzoo.metrics import SampleQuality, cost, samples_of, streams
from keras_genzoo.metrics.representation import linear_probe

SMALL = {"image_size": 8, "limit": 60, "samples": 20}


def ruler(**arguments):
    return Ruler("digits", **SMALL, extractor=tiny_extractor(), **arguments)


@pytest.fixture(scope="module")
def digits():
    return zoo.data.load("digits", "test", image_size=8, limit=60, labels=True)


@pytest.fixture
def quick_cost(monkeypatch):
    speed, sampling = cost.training_speed, cost.sampling_time
    monkeypatch.setattr(cost, "training_speed", lambda m, *x: speed(m, *x, seconds=0.01, repeats=1))
    monkeypatch.setattr(
        cost, "sampling_time", lambda m, seed: sampling(m, num_samples=2, repeats=1, seed=seed)
    )


def test_everything_of_a_model(quick_cost):
    measured = ruler().measure(CASES["vae"].build())
    assert list(measured.scores) == [name for name in METRICS if name != "class_accuracy"]
    assert measured.absent == {"class_accuracy": "it is not conditional"}
    assert Measured.from_json(measured.to_json()) == measured


def test_likelihood_is_the_mean_over_the_examples(digits):
    model = CASES["nice"].build()
    measured = ruler(metrics=["log_likelihood", "bits_per_dim"], examples=50, seed=3).measure(model)
    nats = model.log_likelihood(digits.x[:50], method="exact", seed=3)
    score = measured.scores["log_likelihood"]
    assert score.value == pytest.approx(nats.mean())
    assert score.error == pytest.approx(nats.std(ddof=1) / math.sqrt(50))
    assert {"of": "256-valued pixels", "method": "exact", "examples": 50}.items() <= set(
        score.protocol.items()
    )
    bits = measured.scores["bits_per_dim"]
    assert bits.value == pytest.approx(-nats.mean() / (64 * math.log(2)))
    assert bits.error == pytest.approx(score.error / (64 * math.log(2)))


@pytest.mark.parametrize(
    ("name", "method"), [("nice", "exact"), ("pixel_cnn", "exact"), ("vae", "iwae")]
)
def test_the_tightest_method_of_a_model_by_default(name, method):
    score = ruler(metrics=["log_likelihood"]).measure(CASES[name].build()).scores["log_likelihood"]
    assert score.protocol["method"] == method


def test_a_gan_by_annealed_importance_sampling():
    options = {"observation_std": 0.3, "chains": 2, "distributions": 3, "leapfrog_steps": 2}
    model = CASES["dcgan"].build()
    one = ruler(metrics=["log_likelihood"], likelihood="ais", likelihood_options=options)
    score = one.measure(model).scores["log_likelihood"]
    assert {"method": "ais", "examples": 32, **options}.items() <= score.protocol.items()
    expected = model.log_likelihood(one.test[:32], method="ais", **options)
    assert score.value == pytest.approx(expected.mean())


def test_what_pixels_a_likelihood_is_of():
    def of(model):
        score = ruler(metrics=["log_likelihood"], examples=2).measure(model)
        return score.scores["log_likelihood"].protocol["of"]

    assert of(CASES["vae"].build()) == "binary pixels"
    assert of(CASES["vae"].build(likelihood="gaussian")) == "256-valued pixels"
    assert of(CASES["pixel_cnn"].build()) == "4-valued pixels"
    assert of(CASES["nice"].build()) == "256-valued pixels"


def test_samples_are_those_of_sample_quality(digits):
    model = CASES["dcgan"].build()
    metrics = ("frechet_distance", "recall")
    scores = ruler(metrics=metrics, seed=4).measure(model).scores
    expected = SampleQuality(digits.x, tiny_extractor(), metrics).measure(model, 20, seed=4)
    for metric in metrics:
        assert scores[metric].value == expected[metric].value
        assert scores[metric].protocol["seed"] == 4
        assert scores[metric].protocol["fake"] == 20
        assert scores[metric].protocol["data"] == "digits"


def test_models_compare_by_their_samples():
    one = ruler(metrics=["frechet_distance", "kernel_distance", "coverage"])
    gan, vae = (one.measure(CASES[name].build()).scores for name in ("dcgan", "vae"))
    for metric in gan:
        assert gan[metric].differences(vae[metric]) == []


def test_linear_probe_of_the_data(digits):
    model = CASES["vae"].build()
    one = ruler(metrics=["linear_probe_accuracy"])
    train = zoo.data.load("digits", "train", image_size=8, limit=60, labels=True)
    expected = linear_probe(model, train.x, train.y, digits.x, digits.y)
    score = one.measure(model).scores["linear_probe_accuracy"]
    assert (score.value, score.error) == (expected.value, expected.error)
    # Codes and discriminators compare: they are what models offer.
    gan = one.measure(CASES["dcgan"].build()).scores["linear_probe_accuracy"]
    assert score.differences(gan) == []


def test_what_does_not_apply_is_left_out_with_the_reason(quick_cost):
    measured = ruler(metrics=None).measure(CASES["pixel_cnn"].build())
    assert list(measured.absent) == ["class_accuracy", "linear_probe_accuracy"]
    assert "no codes" in measured.absent["linear_probe_accuracy"]


def test_a_conditional_model_is_asked_for_classes_as_the_data_have_them(quick_cost, digits):
    arguments = {"latent_dim": 2, "width": 2, "architecture": "dcgan"}
    model = zoo.CGAN(image_shape=(8, 8, 1), num_classes=10, **arguments)
    some = ["class_accuracy", "training_examples_per_second"]
    one = ruler(metrics=some, classifier=lambda x: digits.y if len(x) == 60 else np.arange(20) % 10)
    scores = one.measure(model).scores
    assert scores["class_accuracy"].value == 1.0
    assert scores["training_examples_per_second"].value > 0
    asked = streams.labels_like(digits.y, 20, one.seed)
    np.testing.assert_array_equal(one.draw(model), model.sample(20, labels=asked, seed=one.seed))
    embedded = ruler(metrics=["class_accuracy"]).measure(model).scores["class_accuracy"]
    assert embedded.protocol["classifier"] == "digits_fashion"
    with pytest.raises(ValueError, match="real examples right"):
        ruler(metrics=some[:1], classifier=lambda x: np.zeros(len(x), int)).measure(model)
    with pytest.raises(ValueError, match="was told its label"):
        ruler(metrics=["linear_probe_accuracy"]).measure(model)


def test_what_does_not_apply_and_was_asked_for_is_an_error():
    with pytest.raises(ValueError, match="PixelCNN has no linear_probe_accuracy"):
        ruler(metrics=["linear_probe_accuracy"]).measure(CASES["pixel_cnn"].build())
    with pytest.raises(ValueError, match="methods are exact, ais; expected elbo"):
        ruler(metrics=["bits_per_dim"], likelihood="elbo").measure(CASES["nice"].build())


def test_a_metric_that_fails_does_not_sink_the_others(quick_cost):
    one = ruler(metrics=None)
    one.__dict__["_train"] = (one.train, np.zeros(len(one.train), int))  # labels of one class
    measured = one.measure(CASES["vae"].build())
    assert set(measured.scores) == set(METRICS) - {"linear_probe_accuracy", "class_accuracy"}
    assert "two classes or more; all are 0" in measured.absent["linear_probe_accuracy"]
    chosen = ruler(metrics=["linear_probe_accuracy"])
    chosen.__dict__["_train"] = one._train
    with pytest.raises(ValueError, match="two classes or more"):
        chosen.measure(CASES["vae"].build())


def test_an_interruption_is_no_absent_metric(monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    one = ruler(metrics=None)
    monkeypatch.setattr(one, "_likelihood", interrupted)
    with pytest.raises(KeyboardInterrupt):
        one.measure(CASES["vae"].build())


def test_vectors(quick_cost):
    model = zoo.NICE(num_features=2, hidden_units=4, hidden_layers=1)
    measured = Ruler("ring", limit=60, samples=20).measure(model)
    assert {"log_likelihood", "parameters", "linear_probe_accuracy"} <= set(measured.scores)
    assert set(measured.absent) == {*STAGES["samples"], "class_accuracy"}
    assert measured.scores["log_likelihood"].protocol["of"] == "vectors"


def test_stages_can_be_measured_one_by_one():
    one = ruler(metrics=["log_likelihood", "frechet_distance", "parameters"])
    assert one.stages() == {
        "likelihood": ["log_likelihood"],
        "samples": ["frechet_distance"],
        "cost": ["parameters"],
    }
    model = CASES["nice"].build()
    drawn = np.concatenate(list(samples_of(model, 20, 0)))
    np.testing.assert_array_equal(one.draw(model), drawn)
    given = one.measure(model, ["samples"], samples=drawn)
    assert given == one.measure(model, ["samples"])
    assert list(given.scores) == ["frechet_distance"]


def test_what_a_stage_depends_on():
    def request(stage, **arguments):
        return ruler(**arguments).request(stage)

    assert request("samples", seed=1) != request("samples")
    assert request("likelihood", examples=9) != request("likelihood")
    assert request("samples", examples=9) == request("samples")
    with_k = request("likelihood", likelihood="iwae", likelihood_options={"k": 3})
    assert with_k != request("likelihood", likelihood="iwae")


def test_binary_pixels(digits):
    one = ruler(pixels="binary", metrics=["log_likelihood"])
    assert set(np.unique(one.test)) == set(np.unique(one.train)) == {0, 255}
    np.testing.assert_array_equal(one.test, binarized(digits.x))
    # As likely to be white as they were bright.
    gray = np.full((1, 200, 200, 1), 64, "uint8")
    assert binarized(gray).mean() == pytest.approx(64, abs=2)
    np.testing.assert_array_equal(binarized(one.test), one.test)
    assert set(np.unique(one.draw(CASES["vae"].build()))) == {0, 255}
    score = one.measure(CASES["vae"].build()).scores["log_likelihood"]
    assert score.protocol["pixels"] == "binary"
    with pytest.raises(ValueError, match="need images"):
        Ruler("ring", pixels="binary")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"metrics": ["frechet_distanc"]},
            "a metric; got 'frechet_distanc'. Did you mean 'frechet_dist",
        ),
        ({"likelihood": "iwea"}, "likelihood method; got 'iwea'. Did you mean 'iwae'"),
        ({"pixels": "grey"}, "Expected pixels; got 'grey'. Known: 256, binary"),
        ({"likelihood_options": {"k": 3}}, "Expected a likelihood method"),
        ({"examples": 1}, "examples"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ruler(**arguments)


def test_bad_data_and_models():
    with pytest.raises(ValueError, match="digits"):
        Ruler("digist")
    with pytest.raises(ValueError, match="samples"):
        Ruler("digits", samples=0)
    with pytest.raises(ValueError, match=r"models \(28, 28, 1\).*image_size"):
        ruler().measure(zoo.VAE(image_shape=(28, 28, 1)))
    with pytest.raises(ValueError, match="k"):
        one = ruler(metrics=["bits_per_dim"], likelihood="iwae", likelihood_options={"kk": 3})
        one.measure(CASES["vae"].build())
