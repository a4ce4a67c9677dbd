import csv
import random

import keras
import numpy as np
import pytest
from keras import ops
from tiny_extractor import tiny_extractor

import keras_genzoo as zoo
from keras_genzoo.callbacks import EvaluateSamples, ResumeTraining
from keras_genzoo.callbacks import evaluate_samples as module
from keras_genzoo.metrics import SampleQuality

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), "uint8")


@pytest.fixture(scope="module")
def quality():
    return SampleQuality(IMAGES, tiny_extractor(), ("frechet_distance", "recall"), data="noise")


def build():
    keras.utils.set_random_seed(3)
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=4)
    model.compile(jit_compile=False)
    return model


def fit(model, callbacks, epochs=3):
    return model.fit(IMAGES, batch_size=20, epochs=epochs, verbose=0, callbacks=callbacks)


def state(model):
    variables = model.variables + model.optimizer.variables + model.random_states()
    return [np.array(ops.convert_to_numpy(v.value)) for v in variables]


def test_the_log_is_the_score_of_the_models_samples(quality):
    model = build()
    callback = EvaluateSamples(quality, samples=12, seed=7)
    history = fit(model, [callback]).history["frechet_distance"]
    expected = quality.measure(model, samples=12, seed=7)["frechet_distance"]
    assert history[-1] == expected.value
    assert len(set(history)) == 3  # measured anew in each epoch
    assert callback.scores[3] == expected
    assert list(callback.scores) == [1, 2, 3]


def test_training_ends_in_the_same_bits_with_and_without(quality):
    model = build()
    fit(model, [])
    without, python = state(model), random.getstate()
    model = build()
    fit(model, [EvaluateSamples(quality, samples=12)])
    assert random.getstate() == python
    assert all(map(np.array_equal, state(model), without))


def test_making_it_does_not_move_the_seeds_of_layers(monkeypatch):
    """The embedded extractor is a network: what is built after it must not depend on that."""

    def with_layers(real, metrics):
        keras.layers.Dense(3).build((None, 2))
        np.random.random()

    monkeypatch.setattr(module, "SampleQuality", type("Fake", (), {"__new__": None}))
    monkeypatch.setattr(module.SampleQuality, "__new__", lambda cls, *a, **k: with_layers(*a, **k))
    keras.utils.set_random_seed(1)
    EvaluateSamples(IMAGES)
    drawn = random.random(), np.random.random()
    keras.utils.set_random_seed(1)
    assert drawn == (random.random(), np.random.random())


def test_between_measurements_the_last_value_stands(quality):
    callback = EvaluateSamples(quality, "recall", every=3, samples=12)
    history = fit(build(), [callback], epochs=5).history["recall"]
    assert list(callback.scores) == [1, 3, 5]  # the first, each third, and the last
    values = [callback.scores[epoch].value for epoch in (1, 1, 3, 3, 5)]
    assert history == values


def test_callbacks_after_it_see_the_metric(quality, tmp_path, monkeypatch):
    """ModelCheckpoint keeps the best, EarlyStopping stops, CSVLogger writes it down."""
    values = iter([5.0, 3.0, 4.0, 6.0, 1.0])
    measure = quality.measure

    def scripted(*args, **kwargs):
        score = measure(*args, **kwargs)["frechet_distance"]
        return {"frechet_distance": type(score)(score.metric, next(values), score.protocol)}

    monkeypatch.setattr(quality, "measure", scripted)
    model, weights = build(), []
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: weights.append(state(model)))
    best = {"monitor": "frechet_distance", "mode": "min"}
    callbacks = [
        EvaluateSamples(quality, samples=12),
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", **best, save_best_only=True),
        keras.callbacks.EarlyStopping(**best, patience=2),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keep,
    ]
    fit(model, callbacks, epochs=9)
    with open(tmp_path / "log.csv") as file:
        logged = [float(row["frechet_distance"]) for row in csv.DictReader(file)]
    assert logged == [5.0, 3.0, 4.0, 6.0]
    loaded = keras.saving.load_model(tmp_path / "best.keras")
    assert all(map(np.array_equal, state(loaded), weights[1]))


def test_a_resumed_run_ends_in_the_same_bits_and_figures(quality, tmp_path):
    whole = build()
    expected = EvaluateSamples(quality, samples=12)
    fit(whole, [expected, ResumeTraining(tmp_path / "whole")], epochs=4)

    fit(build(), [EvaluateSamples(quality, samples=12), ResumeTraining(tmp_path / "b")], epochs=2)
    resumed = build()
    callback = EvaluateSamples(quality, samples=12, every=4)
    fit(resumed, [callback, ResumeTraining(tmp_path / "b")], epochs=4)
    assert all(map(np.array_equal, state(whole), state(resumed)))
    # Epoch 3 is not due, and the value before is known.
    assert callback.scores == {epoch: expected.scores[epoch] for epoch in (1, 2, 4)}


def test_data_of_load_are_taken_with_their_name(monkeypatch):
    seen = []
    fake = type("Fake", (), {"__init__": lambda self, real, metrics: seen.append((real, metrics))})
    monkeypatch.setattr(module, "SampleQuality", fake)
    data = zoo.data.load("digits", "test", image_size=8)
    EvaluateSamples(data, "recall")
    assert seen == [(data, ("recall",))]


@pytest.mark.parametrize("arguments", [{"every": 0}, {"samples": 0}, {"every": 1.5}])
def test_bad_numbers(quality, arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        EvaluateSamples(quality, **arguments)


def test_a_metric_that_is_not_measured_is_named_at_once(quality):
    with pytest.raises(ValueError, match="frechet_distance, recall; got 'precision'"):
        EvaluateSamples(quality, "precision")
    with pytest.raises(ValueError, match="frechet_distance"):
        EvaluateSamples(IMAGES, "frechet_distanc")
