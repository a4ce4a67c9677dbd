"""`.keras` files that are written whole; NaN, which no file keeps unasked."""

import keras
import numpy as np
import pytest
from contract import assert_equal, values
from folders import contents

import keras_genzoo as zoo


def tiny(**kwargs):
    return zoo.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=2, **kwargs)


@pytest.fixture
def diverged():
    model = tiny()
    model.compile()
    kernel = model.generator.trainable_variables[0]
    kernel.assign(np.full(kernel.shape, np.nan))
    return model


def test_what_is_not_finite_is_not_kept(diverged, tmp_path):
    for write in (diverged.save_to_preset, diverged.export):
        with pytest.raises(ValueError, match=r"1 of .*generator \(1, .*allow_non_finite=True"):
            write(tmp_path / "a")
    with pytest.raises(ValueError, match=r"m.keras; got NaN"):
        diverged.save(tmp_path / "m.keras")
    assert list(tmp_path.iterdir()) == []
    diverged.save_weights(tmp_path / "m.weights.h5")


def test_what_is_not_finite_is_kept_when_asked(diverged, tmp_path):
    diverged.save_to_preset(tmp_path, allow_non_finite=True)
    diverged.save(tmp_path / "m.keras", allow_non_finite=True)
    for again in (zoo.from_preset(tmp_path), keras.saving.load_model(tmp_path / "m.keras")):
        assert np.isnan(values(again.generator.trainable_variables)[0]).all()


def test_a_keras_file_is_written_whole(trained, tmp_path, monkeypatch):
    path = tmp_path / "m_0.5.keras"
    trained.save(path)
    before = contents(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(type(trained), "save_own_variables", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            trained.save(path)
    assert contents(tmp_path) == before
    trained.save(str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["m_0.5.keras"]
    assert_equal(values(trained.variables), values(keras.saving.load_model(path).variables))


def test_a_keras_file_is_asked_about_as_in_keras(trained, tmp_path, monkeypatch):
    trained.save(tmp_path / "m.keras")
    before = (tmp_path / "m.keras").read_bytes()
    monkeypatch.setattr("builtins.input", lambda _: "n")
    trained.save(tmp_path / "m.keras", overwrite=False)
    assert (tmp_path / "m.keras").read_bytes() == before
    trained.save(tmp_path / "unzipped", zipped=False)
    assert (tmp_path / "unzipped" / "config.json").is_file()
    with pytest.raises(FileNotFoundError, match="no_such_folder/m.keras"):
        trained.save(tmp_path / "no_such_folder" / "m.keras")


def test_model_checkpoint_works(tmp_path):
    model, again = tiny(), tiny()
    model.compile()
    whole, weights = tmp_path / "m.keras", tmp_path / "m.weights.h5"
    for callback in (
        keras.callbacks.ModelCheckpoint(whole),
        keras.callbacks.ModelCheckpoint(weights, save_weights_only=True),
    ):
        callback.set_model(model)
        for epoch in range(2):
            callback.on_epoch_end(epoch, {})
    assert set(tmp_path.iterdir()) == {whole, weights}
    again.load_weights(weights)
    for loaded in (again, keras.saving.load_model(whole)):
        assert_equal(values(model.variables), values(loaded.variables))
