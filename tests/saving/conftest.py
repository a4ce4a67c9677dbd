import hashlib

import keras
import numpy as np
import pytest

import keras_genzoo as zoo


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
def contents():
    """A function of a folder: path -> SHA-256 of all that is in it, hidden files too."""

    def contents(folder):
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            if path.is_file()
            else "folder"
            for path in folder.rglob("*")
        }

    return contents
