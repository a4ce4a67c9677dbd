"""SAGAN: attention that begins at nothing, spectral norm in both networks, two time scales."""

import keras
import numpy as np
import pytest
from contract import EAGERLY, values
from zoo_cases import CASES, PIXELS

import keras_genzoo as zoo
from keras_genzoo.layers import SelfAttention, SpectralNorm


def layers_of(network, cls):
    return [layer for layer in network._flatten_layers() if isinstance(layer, cls)]


def built():
    return zoo.SAGAN((8, 8, 1), latent_dim=6, width=8)


def test_attention_stands_at_half_the_images_size_in_both_networks():
    model = built()
    for network in (model.generator, model.discriminator):
        (attention,) = layers_of(network, SelfAttention)
        assert attention.input.shape[1:3] == (4, 4)
        assert values([attention.gamma]) == [0.0] and not attention.pool
    without = zoo.SAGAN((8, 8, 1), latent_dim=6, width=8, attention=False)
    assert not layers_of(without.generator, SelfAttention)
    assert not layers_of(without.discriminator, SelfAttention)


def test_both_networks_have_spectral_norm_on_every_kernel():
    model = built()
    for network in (model.generator, model.discriminator):
        kernels = [v for v in network.trainable_variables if len(v.shape) > 1]
        inside = {id(layer.normalized) for layer in layers_of(network, SpectralNorm)}
        assert inside == {id(v) for v in kernels}


def test_two_time_scales_stay_apart_under_schedules():
    model = built()
    model.compile(run_eagerly=True)

    def rates():
        return [float(model.optimizer[n].learning_rate) for n in ("discriminator", "generator")]

    assert rates() == pytest.approx([4e-4, 1e-4])
    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    halved.set_model(model)
    halved.on_epoch_begin(0)
    assert rates() == pytest.approx([2e-4, 5e-5])
    for optimizer in model.default_optimizers().values():
        assert (optimizer.beta_1, optimizer.beta_2) == (0.0, 0.9)


@pytest.mark.skipif(not EAGERLY, reason="compiling the step takes half a minute on JAX")
def test_gamma_learns():
    case = CASES["sagan"]
    model = case.build()
    model.compile(run_eagerly=True)
    model.train_on_batch(*case.data(0, 20))
    gammas = [layers_of(n, SelfAttention)[0].gamma for n in (model.generator, model.discriminator)]
    assert all(np.abs(value) > 0 for value in values(gammas))


def test_images_that_cannot_be_halved():
    assert built().features(PIXELS[:2]).shape == (2, 8)
    with pytest.raises(ValueError, match="whose height and width can be halved"):
        zoo.SAGAN((9, 9, 1))
