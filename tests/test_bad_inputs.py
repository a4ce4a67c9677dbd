"""Mistakes that users make, each with the message that they get: what was expected, what came,
what to do. None comes from inside Keras or a backend.
"""

import traceback
from pathlib import Path

import keras
import numpy as np
import pytest
from zoo_cases import CASES

import keras_genzoo as zoo

PACKAGE = str(Path(zoo.__file__).parent)
X = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), dtype=np.uint8)
V = np.zeros((20, 3), "float32")
FLOATS = X.astype("float32")
LABELS = np.zeros(20, "int32")
ADAM = keras.optimizers.Adam()
DENSE = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64)])


class Models:
    """Compiled models, each built when it is first asked for."""

    def __getattr__(self, name):
        model = CASES[name].build()
        model.compile()
        setattr(self, name, model)
        return model


M = Models()


def fit(x=X, y=None, **kwargs):
    M.vae.fit(x, y, verbose=0, **kwargs)


def stream(*batches):
    return (batch for batch in batches)


def compiled(name="dcgan", **kwargs):
    CASES[name].build().compile(**kwargs)


def preset(folder, damage=None):
    model = CASES["vae"].build()
    model.save_to_preset(folder / "p")
    if damage:
        path = folder / "p" / damage
        path.write_bytes(path.read_bytes()[:-7])
    return folder / "p"


def written(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# What is done with a folder of its own, and what the message must have.
MISTAKES = {
    # data of fit
    "no data": (lambda f: fit(None), "Expected data.*NumPy array"),
    "a path": (lambda f: fit("./faces"), r"path './faces'.*zoo.data.load\('./faces'\)"),
    "no batch axis": (lambda f: fit(X[0]), r"\(batch, 8, 8, 1\); got \(8, 8, 1\).*x\[None\]"),
    "no channel axis": (lambda f: fit(X[..., 0]), r"got \(20, 8, 8\).*x\[\.\.\., None\]"),
    "another size": (lambda f: fit(np.zeros((4, 9, 8, 1), "uint8")), "got .4, 9, 8, 1.*Resize"),
    "colour": (lambda f: fit(np.zeros((4, 8, 8, 3), "uint8")), r"got \(4, 8, 8, 3\)"),
    "in 0..1": (lambda f: fit(FLOATS / 255), r"rescaled to \[0, 1\].*x \* 255"),
    "in -1..1": (lambda f: fit(FLOATS / 127.5 - 1), r"\[-1, 1\].*\(x \+ 1\) \* 127\.5"),
    "too bright": (lambda f: fit(FLOATS * 9), r"0\.\.255; x has float32 values in \[0, 22"),
    "over by a little": (lambda f: fit(FLOATS * 1.01), r"np\.clip\(x, 0, 255\)"),
    "NaN": (lambda f: fit(np.where(FLOATS[0, 0, 0] == FLOATS, np.nan, FLOATS)), "NaN or inf"),
    "0 and 1": (lambda f: fit((X > 127).astype("uint8")), r"0 and 1 alone.*x \* 255"),
    "true and false": (lambda f: fit(X > 127), r"bool values in \[0, 1\].*x \* 255"),
    "empty": (lambda f: fit(X[:0]), "at least one example; it is empty"),
    "text": (lambda f: fit(np.full((2, 8, 8, 1), "a")), "of numbers; got dtype"),
    "labels": (lambda f: fit(X, LABELS), "not conditional: expected examples alone.*labels"),
    "labels in batches": (lambda f: fit(zoo.data.Batches(X, LABELS)), "not conditional"),
    "labels to validate": (lambda f: fit(validation_data=(X, LABELS)), "not conditional"),
    "bad validation": (lambda f: fit(validation_data=FLOATS / 255), r"rescaled to \[0, 1\]"),
    "sample_weight": (lambda f: fit(sample_weight=np.ones(20)), "alike; expected no sample_wei"),
    "class_weight": (lambda f: fit(class_weight={0: 1}), "expected no .*class_weight"),
    "empty stream": (lambda f: fit(stream()), "at least one batch.*empty"),
    "a later batch": (
        lambda f: fit(stream(FLOATS[:5], FLOATS[5:10] / 255), steps_per_epoch=2),
        r"rescaled to \[0, 1\]",
    ),
    "batch_size twice": (
        lambda f: fit(zoo.data.Batches(X), batch_size=5),
        "batch_size belongs to arrays.*zoo.data.load takes batch_size",
    ),
    "batch_size 0": (lambda f: fit(batch_size=0), "batch_size, a positive integer; got 0"),
    "split of 1.5": (lambda f: fit(validation_split=1.5), "between 0 and 1; got 1.5"),
    "split and data": (
        lambda f: fit(validation_split=0.5, validation_data=X),
        "validation_split or validation_data, not both",
    ),
    "split of batches": (
        lambda f: fit(zoo.data.Batches(X), validation_split=0.5),
        "needs an array; pass validation_data",
    ),
    "not compiled": (lambda f: CASES["vae"].build().fit(X), r"compile\(\)"),
    "fewer than critic steps": (
        lambda f: M.wgan_gp.fit(X, batch_size=1, verbose=0),
        "at least 2 examples; got 1. Raise batch_size",
    ),
    # other methods that take data
    "train_on_batch": (lambda f: M.vae.train_on_batch(FLOATS / 255), r"rescaled to \[0, 1\]"),
    "test_on_batch": (lambda f: M.vae.test_on_batch(X[..., 0]), "channel axis"),
    "predict": (lambda f: M.vae.predict(FLOATS / 255), r"rescaled to \[0, 1\]"),
    "calling": (lambda f: M.vae(FLOATS / 127.5 - 1), r"\[-1, 1\]"),
    "evaluate": (lambda f: M.nice.evaluate(FLOATS / 255, verbose=0), r"rescaled to \[0, 1\]"),
    "encode": (lambda f: M.vae.encode(X[0]), r"x\[None\]"),
    "a data set to encode": (lambda f: M.vae.encode(zoo.data.Batches(X)), "an array; got a Batch"),
    "a stream to encode": (lambda f: M.vae.encode(stream(X)), "an array; got a generator"),
    "latents as images": (lambda f: M.dcgan.predict(X), r"\(batch, 6\); got \(20, 8, 8, 1\)"),
    "one code": (lambda f: M.vae.decode(np.zeros(4)), r"\(n, 4\); got \(4,\).*z\[None\]"),
    "NaN in codes": (lambda f: M.vae.decode(np.full((2, 4), np.nan)), "finite z"),
    "one step of a path": (lambda f: M.vae.interpolate(X[:2], X[:2], steps=1), "2; got 1"),
    # sampling and likelihood
    "no samples": (lambda f: M.vae.sample(0), "a positive number of samples; got 0"),
    "half a sample": (lambda f: M.vae.sample(2.5), "positive number of samples; got 2.5"),
    "a negative seed": (lambda f: M.vae.sample(1, seed=-1), r"seed, an integer in 0.*got -1"),
    "a seed of text": (lambda f: M.vae.sample(1, seed="a"), "seed, an integer.*got 'a'"),
    "an unknown method": (
        lambda f: M.nice.log_likelihood(X, method="iwae"),
        "likelihood methods .*'exact'.*got 'iwae'",
    ),
    "an unknown option": (lambda f: M.nice.log_likelihood(X, k=3), "takes no options; got k=3"),
    "no draws": (lambda f: M.vae.log_likelihood(X, method="iwae", k=0), "k.*0"),
    "AIS without a noise": (
        lambda f: M.dcgan.log_likelihood(X, method="ais"),
        "no p.x . z. of its own: pass observation_std",
    ),
    # constructors
    "no shape": (lambda f: zoo.VAE(), "either image_shape=.* or num_features"),
    "two shapes": (lambda f: zoo.VAE(image_shape=(8, 8, 1), num_features=3), "either image_shape"),
    "a flat shape": (lambda f: zoo.VAE(image_shape=(8, 8)), "image_shape=.height, width, chan"),
    "no pixels": (lambda f: zoo.DCGAN(image_shape=(0, 8, 1)), "positive integers"),
    "an odd size": (lambda f: zoo.DCGAN(image_shape=(27, 27, 1)), "can be halved.*8, 28, 32"),
    "no latents": (lambda f: zoo.DCGAN(latent_dim=0), "latent_dim, a positive integer; got 0"),
    "half a latent": (lambda f: zoo.VAE(num_features=3, latent_dim=1.5), "latent_dim.*got 1.5"),
    "a number of layers": (
        lambda f: zoo.VAE(num_features=3, hidden_units=4),
        r"hidden_units, .*got 4",
    ),
    "an unknown argument": (
        lambda f: zoo.DCGAN(latent_dims=3),
        "DCGAN.*latent_dims.*latent_dim",
    ),
    "binary vectors": (
        lambda f: zoo.VAE(num_features=3, likelihood="bernoulli"),
        "bernoulli for images only",
    ),
    "a weight of text": (lambda f: zoo.VAE(num_features=3, beta="a"), "beta, a weight.*got 'a'"),
    "one level": (lambda f: zoo.PixelCNN(levels=1), r"levels in 2\.\.256; got 1"),
    "no critic steps": (lambda f: zoo.WGANGP(num_features=3, critic_steps=0), "critic_steps.*0"),
    "half a critic step": (lambda f: zoo.WGANGP(num_features=3, critic_steps=2.5), "steps.*2.5"),
    "a reward for steep slopes": (
        lambda f: zoo.WGANGP(num_features=3, penalty_weight=-10),
        "penalty_weight, a number between 0 and inf; got -10",
    ),
    "a network's name": (
        lambda f: zoo.DCGAN(image_shape=(8, 8, 1), generator="resnet"),
        "a Keras model or layer; got 'resnet'",
    ),
    "a network of another shape": (
        lambda f: zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=4, generator=DENSE),
        r"maps \(batch, 4\) to \(batch, 8, 8, 1\); this one gives",
    ),
    # compile
    "one optimizer missing": (
        lambda f: compiled(optimizer={"generator": "adam"}),
        r"each of the networks \['discriminator', 'generator'\]; got .*generator",
    ),
    "one optimizer twice": (
        lambda f: compiled(optimizer=dict.fromkeys(("discriminator", "generator"), ADAM)),
        "optimizer of its own for each network.*separate instances",
    ),
    "an unknown optimizer": (
        lambda f: compiled(optimizer="adamm"),
        "optimizer.*adamm",
    ),
    "an unknown loss": (lambda f: compiled(loss="hinges"), "knows the losses .*got 'hinges'"),
    "a loss for a likelihood": (lambda f: compiled("vae", loss="mse"), "loss=None; got 'mse'"),
    "jit_compile": (lambda f: compiled(jit_compile="yes"), "\"auto\", True or False; got 'yes'"),
    # callbacks
    "a grid of none": (lambda f: zoo.callbacks.SampleGrid(f, n=0), "n, a positive integer; got 0"),
    "two that resume": (
        lambda f: fit(callbacks=[zoo.callbacks.ResumeTraining(f) for _ in range(2)]),
        "one callback that resumes training; got 2",
    ),
    "what is accepted": (
        lambda f: zoo.callbacks.ResumeTraining(f, accept="batchsize"),
        "Expected accept, some of .*got .'batchsize'",
    ),
    # files
    "an unknown preset": (lambda f: zoo.from_preset("dcgan_digit"), "Did you mean 'dcgan_digits'"),
    "a run's folder": (
        lambda f: zoo.from_preset(str(preset(f).parent)),
        "lacks metadata.json.*Did you mean",
    ),
    "a folder without one": (lambda f: zoo.from_preset(str(f)), "lacks metadata.json"),
    "an altered preset": (
        lambda f: zoo.from_preset(str(preset(f, "model.weights.h5"))),
        "altered or truncated.*Download or save",
    ),
    "a preset of another class": (
        lambda f: zoo.DCGAN.from_preset(str(preset(f))),
        "Expected a preset of DCGAN; .*VAE.from_preset",
    ),
    "a preset in the way": (
        lambda f: M.vae.save_to_preset(preset(f)),
        "without a preset.*overwrite=True",
    ),
    "a bad hub name": (lambda f: zoo.from_preset("hf://x"), "Expected hf://owner/name"),
    "version 0": (lambda f: M.vae.export(f, version=0), "a positive integer; got 0"),
    "another format": (lambda f: M.vae.export(f, format="onxx"), "format.*Did you mean 'onnx'"),
    # data sets
    "an unknown set": (lambda f: zoo.data.load("digit"), "digit.*digits"),
    "an unknown split": (
        lambda f: zoo.data.load("digits", "dev"),
        "split of .digits.: train, test; got .dev",
    ),
    "nothing there": (
        lambda f: zoo.data.load(f / "none"),
        "Expected a file or folder; got .*none.*Check the path",
    ),
    "an empty folder": (lambda f: zoo.data.load(f), "Expected images .*got none. Check"),
    "a folder of arrays": (
        lambda f: zoo.data.load(written(f / "a.npz", b"").parent),
        "got none.*It holds a.npz",
    ),
    "a broken picture": (
        lambda f: zoo.data.load(written(f / "a.png", b"no picture").parent),
        "a.png.*skip_broken",
    ),
    "a broken array": (lambda f: zoo.data.load(written(f / "a.npy", b"no")), "whole npy file"),
    "a size for vectors": (lambda f: zoo.data.load("ring", image_size=8), "Leave image_size out"),
    "limit 0": (lambda f: zoo.data.load("digits", limit=0), "limit.*0"),
    "an unknown change": (lambda f: zoo.data.load("digits", augment="flipp"), "flipp.*flip"),
    "other labels": (lambda f: zoo.data.Batches(X, LABELS[:3]), "20 labels.*got shape .3"),
}


@pytest.mark.parametrize("mistake, message", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(tmp_path, mistake, message):
    with pytest.raises((ValueError, TypeError, OSError), match=f"(?s){message}") as caught:
        mistake(tmp_path)
    last = traceback.extract_tb(caught.value.__traceback__)[-1].filename
    assert last.startswith(PACKAGE), f"the message comes from {last}"
