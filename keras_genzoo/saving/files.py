"""Files that are written whole or not at all, and their checksums."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path


@contextlib.contextmanager
def written_whole(path):
    """Yields a temporary path beside `path`; when the block succeeds, it replaces `path`.

    The file is on disk before it gets its name: after a crash there is the old file or the new
    one, never half of one. The temporary path ends as `path` does, since writers look at that.
    """
    path = Path(path)
    suffix = "".join(path.suffixes)
    handle, temporary = tempfile.mkstemp(suffix=suffix, prefix=".part-", dir=path.parent)
    os.close(handle)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def sha256(path) -> str:
    """The file's SHA-256, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
