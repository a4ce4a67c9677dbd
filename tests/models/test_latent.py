"""Ways through a model's latents, and a discriminator's features, on every backend."""

import keras
import numpy as np
import pytest
from contract import close
from keras import ops
from zoo_cases import CASES, PIXELS, VARIANTS, VECTORS

import keras_genzoo as zoo
from keras_genzoo.latents import linear_interpolation, spherical_interpolation
from keras_genzoo.support.abilities import Encodes

ALL = CASES | VARIANTS


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.mark.parametrize("name", ["vae", "vae_vectors", "vae_gaussian"])
def test_encoders_interpolate_between_reconstructions(name):
    case = ALL[name]
    model, x0, x1 = case.build(), case.x[:3], case.x[3:6]
    path = model.interpolate(x0, x1, steps=4)
    assert path.shape == (3, 4, *case.x.shape[1:]) and path.dtype == model.sample(1).dtype
    close(path[:, 0], model.reconstruct(x0))
    close(path[:, -1], model.reconstruct(x1))


def test_a_flow_interpolates_between_the_examples_themselves():
    model = CASES["nice"].build()
    path = model.interpolate(PIXELS[:3], PIXELS[3:6], steps=5)
    close(path[:, 0], PIXELS[:3])
    close(path[:, -1], PIXELS[3:6])


@pytest.mark.parametrize(
    "name, between",
    [
        ("dcgan", linear_interpolation),  # uniform noise
        ("nice_vectors", linear_interpolation),  # logistic
        ("wgan_gp_vectors", spherical_interpolation),
        ("vae_vectors", spherical_interpolation),
    ],
)
def test_the_path_is_that_of_the_prior(name, between):
    model = ALL[name].build()
    z0, z1 = (ops.convert_to_numpy(model.draw_inputs(2, seed)["z"]) for seed in (0, 1))
    if isinstance(model, Encodes):
        start, end = VECTORS[:2], VECTORS[2:4]
        z0, z1 = model.encode(start), model.encode(end)
    else:
        start, end = z0, z1
    z = between(z0, z1, 5)
    want = model.decode(z.reshape(10, -1))
    close(model.interpolate(start, end, 5, batch_size=3), want.reshape(2, 5, *want.shape[1:]))


@pytest.mark.parametrize("name", ["dcgan", "wgan_gp", "wgan_gp_vectors"])
def test_features_are_what_the_last_layer_decides_from(name):
    case = ALL[name]
    model, x = case.build(), case.x[:7]
    features = model.features(x, batch_size=3)
    assert features.ndim == 2 and features.dtype == np.float32
    judge = getattr(model, model.judge_role)
    kernel, bias = (ops.convert_to_numpy(v.value) for v in judge.layers[-1].weights)
    scaled = x.astype("float32") / 127.5 - 1 if x.dtype == np.uint8 else x
    logits = ops.convert_to_numpy(judge(ops.convert_to_tensor(scaled), training=False))
    np.testing.assert_allclose(features @ kernel + bias, logits, atol=1e-5)
    assert np.std(logits) > 0


def test_features_of_an_example_do_not_depend_on_its_neighbours():
    """Batch norm, which two halvings bring along, works as in inference."""
    model = zoo.DCGAN(image_shape=(16, 16, 1), latent_dim=3, width=4)
    x = np.tile(PIXELS[:6], (1, 2, 2, 1))
    close(model.features(x)[:2], model.features(x[:2]))


def test_features_follow_the_weights():
    """The compiled function reads them anew."""
    model = CASES["dcgan"].build()
    before = model.features(PIXELS[:4])
    first = model.discriminator.trainable_variables[0]
    first.assign(2 * first)
    assert np.abs(model.features(PIXELS[:4]) - before).max() > 1e-3


def test_features_of_a_discriminator_of_your_own():
    sequential = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(5)]
        + [keras.layers.Dense(1), keras.layers.Activation("linear")]
    )
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=3, discriminator=sequential)
    assert model.features(PIXELS[:2]).shape == (2, 5)

    class Opaque(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def build(self, shape):
            self.dense.build((None, 64))

        def call(self, x):
            return self.dense(ops.reshape(x, (-1, 64)))

        def compute_output_shape(self, shape):
            return (shape[0], 1)

    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=3, discriminator=Opaque())
    with pytest.raises(ValueError, match="discriminator that is a functional or sequential"):
        model.features(PIXELS[:2])


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda vae, gan: vae.interpolate(PIXELS[:2], PIXELS[:3]), "one shape"),
        (lambda vae, gan: vae.interpolate(PIXELS[:2], PIXELS[:2], steps=1), "at least 2; got 1"),
        (lambda vae, gan: vae.interpolate(PIXELS[:2] / 255, PIXELS[:2]), "rescaled"),
        (lambda vae, gan: gan.interpolate(np.zeros((2, 5)), np.zeros((2, 5))), r"\(n, 6\)"),
        (lambda vae, gan: gan.interpolate(PIXELS[:2], PIXELS[:2]), r"z0.*\(2, 8, 8, 1\)"),
        (lambda vae, gan: gan.features(PIXELS[:2] / 255), "rescaled"),
        (lambda vae, gan: gan.decode(np.zeros(6)), r"\(n, 6\); got \(6,\). For one.*z\[None\]"),
        (lambda vae, gan: gan.decode(np.full((2, 6), np.nan)), "finite z; 12 of 12"),
        (lambda vae, gan: gan.predict(PIXELS[:2]), r"\(batch, 6\); got \(2, 8, 8, 1\)"),
        (lambda vae, gan: gan(ops.full((2, 6), np.inf)), "finite x; 12 of 12"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(CASES["vae"].build(), CASES["dcgan"].build())
