"""What Keras finds by name: losses, layers and classes of one's own."""

import keras
import pytest
from contract import assert_equal, values
from keras import ops

import keras_genzoo as zoo


def d_loss(real, fake):
    return fake - real


def g_loss(fake):
    return -fake


def hinge(real, fake):
    return ops.relu(1.0 - real) + ops.relu(1.0 + fake)


def tiny(**kwargs):
    return zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=2, **kwargs)


@pytest.fixture
def with_losses():
    model = tiny()
    model.compile(loss=(d_loss, g_loss))
    return model


@pytest.fixture
def registered():
    """Registers objects under "test>NAME", until the test is over."""
    known = dict(keras.saving.get_custom_objects())
    yield keras.saving.register_keras_serializable("test")
    keras.saving.get_custom_objects().clear()
    keras.saving.get_custom_objects().update(known)


def test_losses_that_would_not_load_are_not_saved(with_losses, tmp_path):
    with pytest.raises(ValueError, match="d_loss, g_loss are not.*register_keras.*include_opt"):
        with_losses.save_to_preset(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with_losses.save_to_preset(tmp_path, include_optimizer=False)
    assert not zoo.from_preset(tmp_path).compiled


def test_layers_that_would_not_load_are_not_saved(tmp_path):
    class Scale(keras.layers.Layer):
        def call(self, x):
            return 2.0 * x

    judge = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), Scale(), keras.layers.Dense(1)]
    )
    with pytest.raises(ValueError, match="Scale is not.*above each.$"):
        tiny(discriminator=judge).save_to_preset(tmp_path)


def test_registered_losses_load(registered, tmp_path):
    @registered
    def one(real, fake):
        return d_loss(real, fake)

    @registered
    def two(fake):
        return g_loss(fake)

    model = tiny()
    model.compile(loss=(one, two))
    model.save_to_preset(tmp_path)
    assert zoo.from_preset(tmp_path).loss_given == [one, two]


def test_a_loss_with_the_name_of_one_of_keras_is_not_saved(tmp_path):
    model = tiny()
    model.compile(loss=(hinge, g_loss))
    with (
        keras.saving.custom_object_scope({"g_loss": g_loss}),
        pytest.raises(ValueError, match=r"'hinge' to name .*configuration.hinge; it names keras"),
    ):
        model.save_to_preset(tmp_path)


@pytest.fixture
def of_another_program(with_losses, tmp_path):
    """A preset whose losses nobody registers here."""
    with keras.saving.custom_object_scope({"d_loss": d_loss, "g_loss": g_loss}):
        with_losses.save_to_preset(tmp_path / "preset")
    return tmp_path / "preset"


def test_missing_losses_are_named_with_two_ways_out(with_losses, of_another_program):
    with pytest.raises(
        ValueError,
        match=r"needs d_loss, g_loss.*custom_objects=\{'d_loss': ..., 'g_loss': ...\}.*compile=Fa",
    ):
        zoo.from_preset(of_another_program)
    given = {"d_loss": d_loss, "g_loss": g_loss}
    for load in (zoo.from_preset, zoo.DCGAN.from_preset):
        model = load(of_another_program, custom_objects=given)
        assert model.compiled and model.loss_given == [d_loss, g_loss]
        rescued = load(of_another_program, compile=False)
        assert not rescued.compiled
        assert_equal(values(with_losses.variables), values(rescued.variables))


def test_an_open_scope_is_looked_at(of_another_program):
    with keras.saving.custom_object_scope({"d_loss": d_loss, "g_loss": g_loss}):
        assert zoo.from_preset(of_another_program).compiled


def cell(registered):
    """A notebook's cell, which may run again."""

    @registered
    class Mine(zoo.DCGAN):
        pass

    return Mine


def test_a_class_that_was_registered_again_is_saved_with_a_warning(registered, tmp_path):
    model = cell(registered)(image_shape=(8, 8, 1), latent_dim=4, width=2)
    newer = cell(registered)
    with pytest.warns(UserWarning, match="Another cell.<locals>.Mine has been registered") as seen:
        model.save_to_preset(tmp_path / "preset")
    assert __file__ in [warning.filename for warning in seen]
    assert type(newer.from_preset(tmp_path / "preset")) is newer
    model.save(tmp_path / "m.keras")
    assert type(keras.saving.load_model(tmp_path / "m.keras")) is newer


def test_a_name_that_another_class_has_taken_is_refused(registered, tmp_path):
    model = cell(registered)(image_shape=(8, 8, 1), latent_dim=4, width=2)
    registered(type("Mine", (zoo.VAE,), {}))
    with pytest.raises(ValueError, match="'test>Mine' to name .*cell.*it names .*Mine"):
        model.save_to_preset(tmp_path)
