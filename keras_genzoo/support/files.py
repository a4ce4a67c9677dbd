"""Files and folders that are written whole or not at all, and their checksums."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Names that begin so are unfinished work, which only a killed process leaves behind.
UNFINISHED = ".part-"


@contextlib.contextmanager
def written_whole(path) -> Iterator[str]:
    """Yields a temporary path beside `path`; when the block succeeds, it replaces `path`.

    The file is on disk before it gets its name: after a crash there is the old file or the new
    one, never half of one. The temporary path ends as `path` does, since writers look at that.
    """
    path = Path(path)
    suffix = "".join(path.suffixes)
    handle, temporary = tempfile.mkstemp(suffix=suffix, prefix=UNFINISHED, dir=path.parent)
    os.close(handle)
    try:
        yield temporary
        os.chmod(temporary, 0o666 & ~_umask())
        _flush(temporary)
        os.replace(temporary, path)
        _flush_folder(path.parent)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


@contextlib.contextmanager
def files_written_whole(folder, names: list[str]) -> Iterator[Path]:
    """Yields a temporary folder; when the block succeeds, its files move into `folder`.

    They replace their namesakes in the order of `names`, so a file that describes the others
    belongs last; one that the block did not write is removed from `folder`. Everything else in
    `folder` stays, and where the block fails, everything.

    Args:
        folder: Where the files go; made if absent.
        names: The files that the block may write.

    Raises:
        OSError: The folder cannot be written.
    """
    folder = Path(folder)
    with _made(folder), _temporary_folder(folder) as temporary:
        yield temporary
        for path in temporary.iterdir():
            _flush(path)
        for name in names:
            if (temporary / name).exists():
                os.replace(temporary / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
        _flush_folder(folder)


@contextlib.contextmanager
def folder_written_whole(path) -> Iterator[Path]:
    """Yields a temporary folder beside `path`; when the block succeeds, it replaces `path`.

    A folder that is already at `path` stays as it is until the new one is complete, and where
    the block fails.

    Raises:
        OSError: The parent folder cannot be written.
    """
    path = Path(path)
    with _made(path.parent), _temporary_folder(path.parent) as temporary:
        new, old = temporary / "new", temporary / "old"
        new.mkdir()
        yield new
        for folder, _, files in os.walk(new):
            for file in files:
                _flush(os.path.join(folder, file))
            _flush_folder(folder)
        if path.exists():
            os.rename(path, old)
        try:
            os.rename(new, path)
        except OSError:
            if old.exists():
                os.rename(old, path)
            raise
        _flush_folder(path.parent)


def check_writable(folder) -> None:
    """Makes `folder` where absent; raises OSError where no file can be written into it."""
    folder = Path(folder)
    with _made(folder), _temporary_folder(folder):
        pass


def sha256(path) -> str:
    """The file's SHA-256, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _made(folder: Path):
    """Makes `folder` where absent, and takes it away again where the block fails."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from None
        yield
    except BaseException:
        for path in missing:
            with contextlib.suppress(OSError):  # somebody else put something there
                path.rmdir()
        raise


@contextlib.contextmanager
def _temporary_folder(parent: Path):
    try:
        temporary = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=parent))
    except OSError as error:
        raise _unwritable(parent, error) from None
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _unwritable(folder, error) -> OSError:
    return OSError(
        error.errno,
        f"Expected a folder that can be written; {folder} cannot: {error.strerror}. Give another "
        "folder, or change its permissions",
    )


def _flush(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder):
    """Puts a folder's list of names on disk, where the system can (not on Windows)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
