"""What `fit` and `evaluate` say of data that come augmented: once, and nothing where silent."""

import re

import numpy as np
import pytest
from keras import ops

import keras_genzoo as zoo
from keras_genzoo.engine import DataSpec, GenerativeModel

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), "uint8")


def darker(images):
    return images // 2


def data(augment=darker):
    return zoo.data.Batches(IMAGES, batch_size=4, augment=augment, name="digits")


def gan():
    return zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=4)


def flow():
    return zoo.NICE(image_shape=(8, 8, 1), hidden_units=8, hidden_layers=1)


class Mean(GenerativeModel):
    """A model of no family."""

    def __init__(self):
        super().__init__(DataSpec((8, 8, 1)))
        self.mean = self.add_weight(shape=(8, 8, 1), name="mean")
        self.track("loss")

    def networks(self):
        return {"mean": [self.mean]}

    def train_step(self, data):
        x = self.scale.numbers(self.batch(data))
        return self.report(
            loss=self.minimize("mean", lambda: ops.mean((x - self.mean) ** 2, axis=(1, 2, 3)))
        )


def compiled(make):
    model = make()
    model.compile(None if make is not Mean else "sgd", jit_compile=False)
    return model


@pytest.mark.parametrize(
    "make, what",
    [
        (gan, "by 'darker': the generator learns to draw .*discriminator_augment=.* does not leak"),
        (flow, "by 'darker': .* its likelihood and bits per dimension are of them"),
        (Mean, "by 'darker': the model learns examples changed like that, and draws them"),
    ],
)
def test_fit_says_once_what_is_learned(make, what, capsys):
    compiled(make).fit(data(), epochs=2)
    out = capsys.readouterr().out
    assert len(re.findall(what, out)) == 1
    assert out.count("augmented") == 1


def test_figures_of_augmented_data_are_no_figures_of_the_data(capsys):
    model = compiled(flow)
    model.evaluate(data([darker, darker]))
    found = capsys.readouterr().out
    assert "digits, augmented by ['darker', 'darker']: the figures are of" in found
    model.fit(data(None), validation_data=data())
    out = capsys.readouterr().out
    assert out.count("the figures are of") == 1 and "learns" not in out


def test_nothing_is_said_where_nothing_is_augmented_or_all_is_silent(capsys):
    model = compiled(flow)
    model.fit(data(None), validation_data=data(None))
    model.evaluate(data(None))
    assert "augment" not in capsys.readouterr().out
    model.fit(data(), validation_data=data(), verbose=0)
    model.evaluate(data(), verbose=0)
    assert capsys.readouterr().out == ""
