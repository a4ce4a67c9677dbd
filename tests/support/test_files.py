import errno
import os

import pytest
from folders import contents

from keras_genzoo.support import files


def test_a_failed_file_leaves_the_old_one(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    before = contents(tmp_path)
    with pytest.raises(KeyError), files.written_whole(tmp_path / "a.txt") as temporary:
        with open(temporary, "w") as file:
            file.write("new")
        raise KeyError
    assert contents(tmp_path) == before


def test_a_file_is_replaced_and_readable_by_others(tmp_path):
    with files.written_whole(tmp_path / "a.txt") as temporary, open(temporary, "w") as file:
        file.write("new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "new"
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o666 & ~umask


def test_files_replace_their_namesakes_in_order_and_nothing_else(tmp_path, monkeypatch):
    for name in ("a", "b", "stale", "other"):
        (tmp_path / name).write_text("old")
    order = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append(b.name), replace(a, b)))
    with files.files_written_whole(tmp_path, ["b", "stale", "a"]) as temporary:
        (temporary / "a").write_text("new")
        (temporary / "b").write_text("new")
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {"a": "new", "b": "new", "other": "old"}
    assert order == ["b", "a"]


def test_a_folder_is_replaced_whole(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "old").write_text("old")
    before = contents(tmp_path)
    with pytest.raises(KeyError), files.folder_written_whole(tmp_path / "1") as temporary:
        (temporary / "new").write_text("new")
        assert (tmp_path / "1" / "old").exists()
        raise KeyError
    assert contents(tmp_path) == before

    with files.folder_written_whole(tmp_path / "1") as temporary:
        (temporary / "new").write_text("new")
    assert sorted(contents(tmp_path)) == ["1", "1/new"]


def test_a_folder_that_cannot_take_its_place_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "old").write_text("old")
    before = contents(tmp_path)
    rename = os.rename

    def fails_for_the_new(source, target):
        if source.name == "new":
            raise OSError(errno.EIO, "broken disk")
        rename(source, target)

    monkeypatch.setattr(os, "rename", fails_for_the_new)
    with pytest.raises(OSError, match="broken disk"):  # noqa: SIM117 - the write itself passes
        with files.folder_written_whole(tmp_path / "1") as temporary:
            (temporary / "new").write_text("new")
    assert contents(tmp_path) == before


def test_failure_takes_away_the_folders_it_made(tmp_path):
    with pytest.raises(KeyError), files.folder_written_whole(tmp_path / "a" / "b" / "1"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"can be written; .*file/runs cannot: Not a directory"):
        files.check_writable(tmp_path / "file" / "runs")

    def refuse(**_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.tempfile, "mkdtemp", refuse)
    with pytest.raises(PermissionError, match="can be written; .* cannot: Permission denied"):
        files.check_writable(tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_writable_folder_is_made_and_left_empty(tmp_path):
    files.check_writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
