"""DCGAN's architecture and its phases."""

import numpy as np
import pytest
from contract import values
from zoo_cases import CASES, PIXELS

import keras_genzoo as zoo


def feature_maps(network):
    """Shapes of what the convolutions (and the first projection) put out."""
    kinds = ("Reshape", "Conv2D", "Conv2DTranspose")
    return [tuple(la.output.shape[1:]) for la in network.layers if type(la).__name__ in kinds]


def test_the_papers_feature_maps():
    model = zoo.DCGAN(image_shape=(64, 64, 3))
    assert feature_maps(model.generator) == [
        (4, 4, 512), (8, 8, 256), (16, 16, 128), (32, 32, 64), (64, 64, 3)
    ]  # fmt: skip
    assert feature_maps(model.discriminator) == [
        (32, 32, 64), (16, 16, 128), (8, 8, 256), (4, 4, 512)
    ]  # fmt: skip


@pytest.mark.parametrize("size, base", [(28, 7), (32, 4), (8, 4)])
def test_each_size_starts_where_halving_ends(size, base):
    model = zoo.DCGAN(image_shape=(size, size, 1), width=4)
    assert feature_maps(model.generator)[0][:2] == (base, base)


def test_batch_norm_is_where_the_paper_has_it():
    model = zoo.DCGAN(image_shape=(32, 32, 3), width=4)
    normed = [type(la).__name__ == "BatchNormalization" for la in model.discriminator.layers]
    assert sum(normed) == 2 and not any(normed[:3])  # none after the first convolution
    assert type(model.generator.layers[-1]).__name__ == "Conv2DTranspose"


def test_latents_are_uniform():
    z = np.asarray(CASES["dcgan"].build().draw_inputs(4000, 0)["z"])
    assert z.min() < -0.99 and z.max() > 0.99 and abs(z.std() - 3**-0.5) < 0.01


def test_batch_statistics_move_twice_a_step_and_in_training_alone():
    model = CASES["dcgan"].build()
    model.compile()
    moving = [v for v in model.generator.non_trainable_variables if "moving" in v.path]
    before = values(moving)
    model.evaluate(PIXELS[:20], verbose=0)
    for a, b in zip(before, values(moving), strict=True):
        np.testing.assert_array_equal(a, b)
    model.train_on_batch(PIXELS[:20])
    # One update takes a tenth of the way from variance 1, two take 19 hundredths.
    variance = values([v for v in moving if v.path.endswith("moving_variance")])
    assert all((v < 0.9).any() for v in variance)


def test_decode_is_what_sample_shows():
    model = CASES["dcgan"].build()
    z = next(model.inputs_in_batches(5, 3, 5))["z"]
    np.testing.assert_array_equal(model.decode(z), model.sample(5, seed=3))
