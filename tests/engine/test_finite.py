import keras
import numpy as np
import pytest

import keras_genzoo as zoo
from keras_genzoo.engine.finite import check_finite, non_finite


@pytest.fixture
def model():
    model = zoo.DCGAN(image_shape=(16, 16, 1), latent_dim=4, width=2)
    model.compile()
    return model


def spoil(variable, value=np.nan):
    array = np.array(keras.ops.convert_to_numpy(variable))
    array.flat[-1] = value
    variable.assign(array)


def test_a_finite_model_has_nothing_to_report(model):
    assert non_finite(model) == {}
    check_finite(model, "saving")


def test_each_variable_is_named_under_its_network(model):
    kernel = model.discriminator.trainable_variables[0]
    statistic = model.generator.non_trainable_variables[0]
    own = model.add_weight((), name="own")
    moment = model.optimizer["generator"].variables[3]
    spoil(kernel)
    spoil(statistic, np.inf)
    spoil(own, -np.inf)
    spoil(moment)
    assert non_finite(model) == {
        "discriminator": [kernel.path],
        "generator": [statistic.path],
        "model": [own.path],
        "optimizer of generator": [moment.path],
    }
    assert "optimizer of generator" not in non_finite(model, optimizer=False)


def test_the_error_says_where_how_many_and_what_to_do(model):
    for v in model.discriminator.trainable_variables[:2]:
        spoil(v)
    path = model.discriminator.trainable_variables[0].path
    with pytest.raises(ValueError) as error:
        check_finite(model, "a checkpoint", instead="Nothing was written.")
    for part in ("a checkpoint", "2 of ", f"discriminator (2, {path})", "Nothing was written."):
        assert part in str(error.value)
