"""What every way of saving must bring back: presets, `.keras` files and weights."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_genzoo as zoo
from keras_genzoo.engine import DataSpec


@keras.saving.register_keras_serializable("test_saved")
class Counting(zoo.GenerativeModel):
    """A model with state of its own, in floats and integers, and with nothing to sample."""

    def __init__(self, dropouts=1, **kwargs):
        super().__init__(DataSpec((2,)), **kwargs)
        self.dropouts, self.stage = dropouts, 0
        self.network = keras.Sequential(
            [keras.Input((2,)), layers.Dense(3), layers.BatchNormalization()]
            + [layers.Dropout(0.5) for _ in range(dropouts)]
        )
        self.mean = self.add_weight((3,), name="mean", trainable=False)
        self.count = self.add_weight((), "zeros", "int32", name="count", trainable=False)
        self.track("loss")

    def networks(self):
        return {"network": self.network.trainable_variables}

    def default_optimizers(self):
        return {"network": keras.optimizers.Adam()}

    def restored(self):
        self.stage = int(self.count)

    def get_config(self):
        return {"dropouts": self.dropouts}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def values(model):
    """Name and value of all variables but the optimizers', seeds too."""
    return [(v.name, ops.convert_to_numpy(v.value)) for v in model.variables]


@pytest.fixture
def model():
    """One whose every variable that no optimizer moves has a value of its own."""
    model = Counting()
    model.compile()
    rng = np.random.default_rng(0)
    for v in model.non_trainable_variables:
        if v.dtype == "float32":
            v.assign(rng.normal(size=v.shape))
    model.count.assign(2**31 - 1)  # no float32 holds it
    return model


def through_keras_file(model, path):
    model.save(path / "m.keras")
    return keras.saving.load_model(path / "m.keras")


def through_preset(model, path):
    model.save_to_preset(path)
    return zoo.from_preset(path)


def through_bare_preset(model, path):
    model.save_to_preset(path, include_optimizer=False)
    return Counting.from_preset(path)


def through_weights(model, path):
    model.save_weights(path / "m.weights.h5")
    again = Counting()
    again.load_weights(path / "m.weights.h5")
    return again


@pytest.mark.parametrize(
    "through", [through_keras_file, through_preset, through_bare_preset, through_weights]
)
def test_a_models_own_variables_come_back(model, tmp_path, through):
    loaded = through(model, tmp_path)
    for (name, a), (again, b) in zip(values(model), values(loaded), strict=True):
        assert name == again and a.dtype == b.dtype
        np.testing.assert_array_equal(a, b, err_msg=name)
    assert int(loaded.count) == 2**31 - 1


@pytest.mark.parametrize(
    "through", [through_keras_file, through_preset, through_bare_preset, through_weights]
)
def test_a_loaded_model_hears_of_it(model, tmp_path, through):
    model.count.assign(3)
    assert through(model, tmp_path).stage == 3


def test_another_number_of_dropouts_is_an_error(model, tmp_path):
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match="states of 3 random generators.*the file has 2"):
        Counting(dropouts=2).load_weights(tmp_path / "m.weights.h5")


def test_a_model_that_cannot_sample_is_saved_without_a_picture(model, tmp_path):
    assert not model.can_sample and zoo.NICE(num_features=2).can_sample
    model.save_to_preset(tmp_path)
    assert not (tmp_path / "samples.png").exists()
    assert "model.summary()" in (tmp_path / "README.md").read_text()


def test_a_model_without_signatures_is_not_exported(model, tmp_path):
    with pytest.raises(ValueError, match="Counting has no signatures. Define generate"):
        model.export(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_another_format_names_the_networks_that_have_it(model, tmp_path):
    with pytest.raises(ValueError, match=r"no sig.*: model.network.export\(path, format='onnx'"):
        model.export(tmp_path / "a", "onnx")
