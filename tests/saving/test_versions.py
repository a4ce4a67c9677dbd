"""Versions of a SavedModel: written whole or not at all."""

import keras
import pytest
from folders import contents

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="compares with samples of this process, which another backend draws differently",
)


def test_an_existing_version_stays_byte_for_byte(trained, tmp_path):
    trained.export(tmp_path, version=3, verbose=False)
    before = contents(tmp_path)
    with pytest.raises(FileExistsError, match=r"version=4, or overwrite=True"):
        trained.export(tmp_path, version=3)
    assert contents(tmp_path) == before


def test_overwrite_replaces_a_version(trained, tmp_path, capsys):
    import tensorflow as tf

    (tmp_path / "1" / "variables").mkdir(parents=True)
    (tmp_path / "1" / "variables" / "old").write_text("old")
    path = trained.export(tmp_path, overwrite=True, verbose=False)
    assert capsys.readouterr().out == ""
    assert not (path / "variables" / "old").exists()
    assert "sample" in tf.saved_model.load(str(path)).signatures


def test_a_failing_export_leaves_nothing(failing, tmp_path):
    with pytest.raises(RuntimeError, match="no such network"):
        failing.export(tmp_path / "models" / "dcgan")
    assert list(tmp_path.iterdir()) == []


def test_failing_to_overwrite_keeps_the_old_version(trained, tmp_path, monkeypatch):
    import tensorflow as tf

    trained.export(tmp_path, verbose=False)
    before = contents(tmp_path)
    save = tf.saved_model.save

    def interrupted(archive, folder, **kwargs):
        save(archive, folder, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(tf.saved_model, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained.export(tmp_path, overwrite=True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("version", [0, -1, 1.0, "1", True, None])
def test_versions_are_positive_integers(trained, tmp_path, version):
    with pytest.raises(ValueError, match="Expected version, a positive integer"):
        trained.export(tmp_path / "a", version=version)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(trained, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Expected a folder that can be written"):
        trained.export(tmp_path / "file" / "dcgan")
