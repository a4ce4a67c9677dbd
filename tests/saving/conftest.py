import keras
import numpy as np
import pytest

import keras_genzoo as zoo
from keras_genzoo.saving import Signature


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (24, 8, 8, 1), "uint8")


@pytest.fixture(scope="session")
def trained():
    """A small DCGAN after two steps, which no test may change."""
    keras.utils.set_random_seed(0)
    model = zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=8)
    model.compile()
    x = np.random.default_rng(1).integers(0, 256, (24, 8, 8, 1), "uint8")
    model.fit(x, batch_size=12, epochs=1, verbose=0)
    return model


@pytest.fixture
def preset(trained, tmp_path):
    """That model's preset, in a folder of the test's own."""
    trained.save_to_preset(tmp_path / "digits")
    return tmp_path / "digits"


@pytest.fixture
def failing(trained, monkeypatch):
    """That model, with a function that cannot be exported."""

    def fail(z):
        raise RuntimeError("no such network")

    decode = Signature(fail, {"z": ((None, 8), "float32")}, output="images")
    signatures = {**trained.signatures(), "decode": decode}
    monkeypatch.setattr(type(trained), "signatures", lambda self: signatures)
    return trained
