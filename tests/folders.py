"""What lies in a folder, to be compared with what lay there before."""

import hashlib


def contents(folder) -> dict[str, str]:
    """Path -> SHA-256 of all that is in a folder, hidden files too."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in folder.rglob("*")
    }
