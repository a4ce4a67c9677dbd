"""A constructor's arguments are the configuration, of classes on a family's base as well."""

import json

import keras
import pytest

import keras_genzoo as zoo
from keras_genzoo.engine import DataSpec
from keras_genzoo.models.autoencoder.latent_variable import LatentVariable
from keras_genzoo.models.flow.flow import Flow
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.probability.observations import Bernoulli
from keras_genzoo.probability.priors import Normal


class OfTwoCodes(LatentVariable):
    """It gives its base an observation, and a size of codes that no caller chooses."""

    def __init__(self, image_shape, k=5, **kwargs):
        super().__init__(DataSpec.of(image_shape), Bernoulli(), 2, **kwargs)
        self.k = k


class Handing(Adversarial):
    """It hands the size of codes on to its base."""

    def __init__(self, num_features=3, **kwargs):
        super().__init__(DataSpec.of(None, num_features), **kwargs)


class OfOneShape(Adversarial):
    def __init__(self, latent_dim=3, **kwargs):
        super().__init__(DataSpec((8, 8, 1)), latent_dim, **kwargs)


@pytest.mark.parametrize(
    ("cls", "given", "expected"),
    [
        (OfTwoCodes, {"image_shape": (8, 8, 1), "k": 7}, {"image_shape": [8, 8, 1], "k": 7}),
        (Handing, {"latent_dim": 4}, {"num_features": 3, "latent_dim": 4}),
        (OfOneShape, {}, {"latent_dim": 3}),
    ],
)
def test_a_class_gets_what_it_takes(cls, given, expected):
    model = cls(**given)
    config = json.loads(json.dumps(model.get_config()))
    of_keras = keras.Model().get_config()
    assert {key: value for key, value in config.items() if key not in of_keras} == expected
    again = cls.from_config(config)
    assert again.get_config() == model.get_config() and again.spec == model.spec


class Denoising(Adversarial):
    """Its `noise` would overwrite the stream that training draws."""

    def __init__(self, noise=0.1, **kwargs):
        super().__init__(DataSpec((3,)), 2, **kwargs)
        self.noise = noise


def test_an_argument_that_would_overwrite_the_model_is_refused():
    with pytest.raises(
        ValueError, match="Denoising under names of their own; got 'noise', an attr"
    ):
        Denoising()


class Layered(Adversarial):
    """Keras's models have `layers`."""

    def __init__(self, layers=3, **kwargs):
        super().__init__(DataSpec((3,)), 2, **kwargs)


class Forgetful(Flow):
    """It forgets its argument, or keeps an object."""

    def __init__(self, temperature=1.0, center=None, **kwargs):
        super().__init__(DataSpec((3,)), **kwargs)
        self._temperature, self.center = temperature, center


def test_other_names_that_are_taken_or_unknown():
    with pytest.raises(ValueError, match="'layers', an attribute of any model"):
        Layered()
    with pytest.raises(ValueError, match="Did you mean 'num_features'"):
        zoo.NICE(num_featurs=2)


def test_a_model_that_would_come_back_as_another_is_not_saved(tmp_path):
    model = Forgetful(temperature=0.5)
    for save in (model.save_to_preset, lambda path: model.save(path / "m.keras")):
        with pytest.raises(
            ValueError, match=r"'temperature' in its config.*self.temperature = temp"
        ):
            save(tmp_path)
    model.temperature, model.center = 0.5, Normal()
    with pytest.raises(ValueError, match=r"JSON values or Keras objects; got center=Normal\(\)"):
        model.save_to_preset(tmp_path)
    with pytest.raises(ValueError, match="Expected a folder for the preset; got an empty name"):
        zoo.NICE(num_features=2).save_to_preset("")
    assert not list(tmp_path.iterdir())


def test_what_keras_saves_by_itself_is_no_fault(tmp_path):
    model = zoo.VAE(
        num_features=3, latent_dim=2, hidden_units=(4,), activation=keras.activations.relu
    )
    model.save_to_preset(tmp_path)
    assert zoo.from_preset(tmp_path).activation is keras.activations.relu
