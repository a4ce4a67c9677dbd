"""Networks whose last activation cannot reach the values that their role needs."""

import re

import keras
import pytest
from keras import layers

import keras_genzoo as zoo
from keras_genzoo.engine.adopt import LOGITS, adopt

IMAGE = {"image_shape": (4, 4, 1)}


def network(inputs, outputs, *last, activation=None):
    """A layer with this activation, then the `last` ones, which may have others."""
    size = 1
    for n in outputs:
        size *= n
    dense = layers.Dense(size, activation=activation, name="decisive")
    return keras.Sequential(
        [keras.Input(inputs), layers.Flatten(), dense, *last, layers.Reshape(outputs)]
    )


def generator(*last, **arguments):
    own = network((3,), (4, 4, 1), *last, **arguments)
    # It needs no network that is built here: the image is too small to be halved.
    judge = network((4, 4, 1), (1,))
    return zoo.DCGAN(**IMAGE, latent_dim=3, generator=own, discriminator=judge)


def discriminator(*last, **arguments):
    judge = network((4, 4, 1), (1,), *last, **arguments)
    own = network((3,), (4, 4, 1), activation="tanh")
    return zoo.DCGAN(**IMAGE, latent_dim=3, generator=own, discriminator=judge)


def test_a_generator_that_cannot_make_dark_pixels_is_told_of():
    message = (
        "Expected a generator with outputs in [-1, 1]; its last layer 'decisive' ends in sigmoid, "
        "so no pixel can be darker than 128. End it with tanh."
    )
    with pytest.warns(UserWarning, match=re.escape(message)):
        generator(activation="sigmoid")


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: generator(activation="relu"), "generator.*'decisive' ends in relu, so no pixel"),
        (lambda: generator(layers.Softmax(name="s")), "'s' ends in Softmax, so no pixel can be"),
        (
            lambda: generator(layers.Activation("sigmoid", name="a"), layers.Activation("linear")),
            "'a' ends in sigmoid",
        ),
        (
            lambda: discriminator(activation="sigmoid"),
            r"discriminator with logits.*'decisive' ends in sigmoid, whose values are in \[0, 1\]",
        ),
        (lambda: discriminator(layers.ReLU(name="r")), "'r' ends in ReLU"),
        (
            lambda: zoo.WGANGP(
                num_features=2, latent_dim=3, critic=network((2,), (1,), activation="tanh")
            ),
            "critic with logits.*ends in tanh",
        ),
        (
            lambda: zoo.VAE(
                **IMAGE, latent_dim=2, decoder=network((2,), (4, 4, 1), activation="sigmoid")
            ),
            "decoder with logits.*End it without an activation",
        ),
        (
            lambda: zoo.VAE(
                num_features=3, latent_dim=2, decoder=network((2,), (2, 3), activation="relu")
            ),
            "decoder with mean and log_var.*ends in relu",
        ),
        (
            lambda: zoo.VAE(
                num_features=3, latent_dim=2, encoder=network((3,), (4,), activation="softplus")
            ),
            "encoder with mean and log_var.*ends in softplus",
        ),
        (
            lambda: zoo.PixelCNN(
                **IMAGE, levels=2, network=network((4, 4, 1), (4, 4, 1, 2), layers.Softmax())
            ),
            "network with logits.*ends in Softmax",
        ),
    ],
)
def test_a_last_activation_of_the_wrong_range_is_told_of(make, message):
    with pytest.warns(UserWarning, match=message):
        make()


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(16, activation="sigmoid")

    def build(self, shape):
        self.dense.build(shape)

    def compute_output_shape(self, shape):
        return (shape[0], 4, 4, 1)

    def call(self, z):
        return keras.ops.reshape(2.0 * self.dense(z) - 1.0, (-1, 4, 4, 1))


def rescaled():
    z = keras.Input((3,))
    x = 2.0 * layers.Dense(16, activation="sigmoid")(z) - 1.0
    return keras.Model(z, layers.Reshape((4, 4, 1))(x))


def test_silence_where_the_range_fits_or_cannot_be_known():
    """Warnings are errors here."""
    for activation in (None, "tanh", "softsign", "hard_tanh", "leaky_relu"):
        generator(activation=activation)
    discriminator(layers.LeakyReLU())
    judge = network((4, 4, 1), (1,))
    for own in (Subclassed(), rescaled()):
        zoo.DCGAN(**IMAGE, latent_dim=3, generator=own, discriminator=judge)
    # Vectors may lie anywhere.
    points = network((3,), (2,), activation="sigmoid")
    zoo.WGANGP(num_features=2, latent_dim=3, generator=points)


def test_nested_networks_are_looked_into():
    inner = network((3,), (4, 4, 1), activation="sigmoid")
    outer = keras.Sequential([keras.Input((3,)), layers.Dense(3), inner, layers.Identity()])
    judge = network((4, 4, 1), (1,))
    with pytest.warns(UserWarning, match="'decisive' ends in sigmoid"):
        zoo.DCGAN(**IMAGE, latent_dim=3, generator=outer, discriminator=judge)


def of_several(first, second):
    """[a (batch, 3), b (batch,)] -> [(batch, 1), (batch, 2)], with these activations."""
    a, b = keras.Input((3,), name="a"), keras.Input((), name="b")
    h = layers.Concatenate()([a, layers.Reshape((1,))(b)])
    ends = [layers.Dense(1, first, name="first")(h), layers.Dense(2, second, name="second")(h)]
    return keras.Model([a, b], ends)


SEVERAL = {"a": (3,), "b": ()}


def test_networks_of_several_inputs_and_outputs():
    network = of_several(None, None)
    assert adopt(network, "judge", SEVERAL, [(1,), (2,)], LOGITS) is network
    with pytest.warns(UserWarning, match="judge with logits.*'second' ends in sigmoid"):
        adopt(of_several(None, "sigmoid"), "judge", SEVERAL, [(1,), (2,)], LOGITS)
    with pytest.warns(UserWarning, match="judge with logits.*'first' ends in tanh"):
        adopt(of_several("tanh", None), "judge", SEVERAL, [(1,), (2,)], LOGITS)


@pytest.mark.parametrize(
    "inputs, outputs, message",
    [
        (
            SEVERAL,
            [(1,), (3,)],
            r"maps \[a \(batch, 3\), b \(batch,\)\] to \[\(batch, 1\), \(batch, 3\)\]; this one "
            r"gives \[\(None, 1\), \(None, 2\)\]",
        ),
        (SEVERAL, (1,), r"to \(batch, 1\); this one gives \[\(None, 1\), \(None, 2\)\]"),
        (
            (3,),
            [(1,), (2,)],
            r"takes \(batch, 3\); this one does not: it has 2 inputs instead of 1",
        ),
        ({"a": (4,), "b": ()}, [(1,), (2,)], r"takes \[a \(batch, 4\), b \(batch,\)\]; this one"),
    ],
)
def test_several_of_other_shapes(inputs, outputs, message):
    with pytest.raises(ValueError, match=message):
        adopt(of_several(None, None), "judge", inputs, outputs)
