"""What the examples of docstrings and of the README find when the tests run them.

They speak of data that are not here and of trainings that take hours. Here is all that stands in
for these, which keeps the names and arguments of an example to the test: it calls the package
itself, with the real signatures.

- `zoo.data.load` gives small images that are here, of as many channels, in batches of 8.
- `fit` takes one epoch of two batches, whose steps run eagerly; `sample` draws 8 samples at most.
- Estimators of likelihoods take few draws, chains and distributions.
- `InceptionGraph` is a small network of colour images.
- `model`, `train`, `images` and so on are there, as in the text around the example.
"""

import functools
import inspect
from pathlib import Path

import keras
import numpy as np
from keras import layers

import keras_genzoo as zoo
from keras_genzoo.engine import GenerativeModel
from keras_genzoo.engine.sampling import Sampling
from keras_genzoo.engine.trainer import Trainer
from keras_genzoo.likelihood.likelihood import Likelihood

FEW = 8
# Data sets and folders that are not here, and what has as many channels.
STAND_INS = {"mnist": "digits", "cifar10": "patches", "~/faces": "patches"}
# Of estimators: their names, and the most that are drawn here.
MOST = {"k": 20, "chains": 2, "distributions": 5, "examples": 2}


def bounded(function, most: dict, least: dict | None = None):
    """`function` with its own signature, whose arguments are at most these; some are given."""

    @functools.wraps(function)
    def run(*args, **kwargs):
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        for holder in (bound.arguments, bound.arguments.get("options", {})):
            for name in most.keys() & holder.keys():
                holder[name] = min(holder[name], most[name])
        bound.arguments.update(least or {})
        return function(*bound.args, **bound.kwargs)

    return run


def small_data(load):
    """`zoo.data.load`, of few examples in small batches, of what is here."""

    @functools.wraps(load)
    def run(name, *args, **kwargs):
        bound = inspect.signature(load).bind(STAND_INS.get(name, name), *args, **kwargs)
        bound.arguments.update(batch_size=FEW, limit=10 * FEW)
        return load(*bound.args, **bound.kwargs)

    return run


def small_classifier(image_shape: tuple[int, int, int]) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(image_shape),
            layers.Conv2D(4, 3, 2),
            layers.GlobalAveragePooling2D(name="global_average_pooling2d"),
            layers.Dense(10, activation="softmax", name="softmax"),
        ]
    )


def small_inception(*args, **kwargs):
    inspect.signature(zoo.metrics.features.InceptionGraph).bind(*args, **kwargs)
    return zoo.metrics.KerasExtractor(small_classifier((32, 32, 3)), "global_average_pooling2d")


def enter(monkeypatch, folder: Path) -> dict:
    """Goes to a folder, and makes all work small; what the names in examples stand for."""
    monkeypatch.chdir(folder)
    (folder / "runs").mkdir()
    digits = zoo.data.load("digits", "train", limit=200).x
    monkeypatch.setattr(zoo.data, "load", small_data(zoo.data.load))
    monkeypatch.setattr(
        Trainer, "fit", bounded(Trainer.fit, {}, {"epochs": 1, "steps_per_epoch": 2})
    )
    eager = bounded(GenerativeModel.compile, {}, {"run_eagerly": True})
    monkeypatch.setattr(GenerativeModel, "compile", eager)
    monkeypatch.setattr(Sampling, "sample", bounded(Sampling.sample, {"n": FEW}))
    monkeypatch.setattr(Likelihood, "log_likelihood", bounded(Likelihood.log_likelihood, MOST))
    monkeypatch.setattr(
        zoo.metrics, "bidirectional_gap", bounded(zoo.metrics.bidirectional_gap, MOST)
    )
    monkeypatch.setattr(zoo.metrics, "InceptionGraph", small_inception)
    model = zoo.VAE(image_shape=(28, 28, 1), latent_dim=2, hidden_units=[8])
    model.compile()
    return {
        "keras": keras,
        "np": np,
        "zoo": zoo,
        "model": model,
        "gan": zoo.DCGAN(image_shape=(28, 28, 1), latent_dim=2, width=2),
        "classifier": small_classifier((28, 28, 1)),
        "extractor": zoo.metrics.embedded_extractor(),
        "x": digits[:FEW],
        "images": digits[: 10 * FEW],
        "batches": [digits[:FEW], digits[FEW : 2 * FEW]],
        "train": zoo.data.load("digits", "train"),
        "test": zoo.data.load("digits", "test"),
        "test_images": digits[: 10 * FEW],
        "samples": digits[:FEW],
        "training": digits[FEW : 4 * FEW],
        "held_out": digits[-100:],
    }
