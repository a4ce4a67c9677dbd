"""What a base says of a model that is not complete."""

import pytest
from zoo_cases import VECTORS

import keras_genzoo as zoo
from keras_genzoo.engine import DataSpec
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks.mlp import build_mlp


class Unfinished(Adversarial):
    def __init__(self, judged=True):
        super().__init__(DataSpec((3,)), 2)
        self.generator = self.adopt_generator(build_mlp((2,), [4], (3,)))
        if judged:
            self.discriminator = self.adopt_judge(build_mlp((3,), [4], (1,)), "discriminator")

    def train_step(self, data):
        return self.report(discriminator_loss=1.0)


class Torn(zoo.VAE):
    def networks(self):
        return {"encoder": self.encoder.trainable_variables, "decoder": []}


def pair(real, fake=None):
    return real


def test_adversarial_models_need_losses_a_judge_and_a_generators_figure():
    with pytest.raises(ValueError, match="Expected named_losses of Unfinished; it has none"):
        Unfinished().compile("adam")
    with pytest.raises(ValueError, match="Unfinished to have a judge.*Do self.adopt_judge"):
        Unfinished(judged=False).compile("adam", loss=(pair, pair))
    model = Unfinished()
    model.compile("adam", loss=(pair, pair), run_eagerly=True)
    with pytest.raises(ValueError, match="without .'loss', 'generator_loss'., got .'discrim"):
        model.train_step(VECTORS)


def test_an_objective_trains_one_network():
    model = Torn(num_features=3)
    with pytest.raises(ValueError, match="Expected one network of Torn.*'encoder', 'decoder'"):
        model.train_step(VECTORS)
