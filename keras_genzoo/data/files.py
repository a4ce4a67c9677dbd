"""Data sets in files: idx, npz, npy, and folders of images."""

import contextlib
import gzip
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from keras_genzoo.data import images
from keras_genzoo.data.names import check_split

SPLITS = ("train", "test", "val", "valid", "validation")
ARRAY_SUFFIXES = (".npz", ".npy", ".idx", ".gz")
# What npz files call their examples and their labels; {} is the split.
NPZ_KEYS = (("x_{}", "y_{}"), ("{}_images", "{}_labels"), ("{}", "{}_labels"))
NPZ_KEYS_ALONE = (("x", "y"), ("images", "labels"), ("data", "labels"))
CORRUPT = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error)


def read(
    path: Path,
    split: str,
    *,
    image_size: tuple[int, int] | None = None,
    limit: int | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the examples and labels of one split from a file or folder.

    A source that has no splits counts as "train": asking it for another is an error, so that nobody
    tests on training data unawares.

    Args:
        path: see `keras_genzoo.data.load`.
        split: "train", "test" or "validation".
        image_size: (height, width) to resize picture files to; arrays are left as they are.
        limit: read no more picture files than this.

    Returns:
        x, uint8 images or vectors, and int32 labels (n,) or None.

    Raises:
        FileNotFoundError: nothing is there.
        ValueError: the file is not what its name says, or has no such split.
    """
    if not path.exists():
        raise FileNotFoundError(f"No such file or folder: {path}")
    if path.is_dir():
        if _idx_files(path):
            return _read_idx_folder(path, split)
        return _read_image_folder(path, split, image_size, limit)
    if path.suffix == ".npz":
        return _read_npz(path, split)
    check_split(split, ["train"], str(path))
    x = _load_npy(path) if path.suffix == ".npy" else read_idx(path)
    return images.as_examples(x, str(path)), None


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file of unsigned bytes, gzipped or not, as LeCun's MNIST page describes it.

    Raises:
        ValueError: the file is not one, or is shorter or longer than its header says.
    """
    with _reading(path, "a whole gzip file"):
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    if len(content) < 4 or content[:3] != b"\x00\x00\x08" or not 1 <= content[3] <= 4:
        raise ValueError(
            f"{path}: expected an idx file of unsigned bytes, which begins 00 00 08 and its number "
            f"of dimensions, got {content[:4].hex(' ') or 'nothing'}."
        )
    header = 4 + 4 * content[3]
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4))
    if len(content) != header + math.prod(shape):
        raise ValueError(
            f"{path}: expected {header + math.prod(shape)} bytes for shape {shape}, got "
            f"{len(content)}. The file is truncated or corrupt."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


@contextlib.contextmanager
def _reading(path: Path, expected: str):
    """Turns the many errors of a damaged file into one ValueError that names the file."""
    try:
        yield
    except CORRUPT as error:
        raise ValueError(f"{path}: expected {expected} ({error}).") from error


def _idx_files(folder: Path) -> dict[str, Path]:
    """Maps "train-images", "t10k-labels", ... to files such as train-images-idx3-ubyte.gz."""
    return {
        f"{prefix}-{kind}": path
        for prefix in ("train", "t10k")
        for kind in ("images", "labels")
        for path in sorted(folder.glob(f"{prefix}-{kind}?idx?-ubyte*"))
    }


def _read_idx_folder(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray | None]:
    files = _idx_files(folder)
    prefixes = {"train": "train", "test": "t10k"}
    splits = [split for split, prefix in prefixes.items() if f"{prefix}-images" in files]
    prefix = prefixes[check_split(split, splits, str(folder))]
    path = files[f"{prefix}-images"]
    x = images.as_examples(read_idx(path), str(path))
    path = files.get(f"{prefix}-labels")
    return x, path and images.as_labels(read_idx(path), len(x), str(path))


def _load_npy(path: Path) -> np.ndarray:
    with _reading(path, "a whole npy file, numbers only"), path.open("rb") as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _read_npz(path: Path, split: str) -> tuple[np.ndarray, np.ndarray | None]:
    with _reading(path, "a whole npz file, arrays of numbers only"):
        if not zipfile.is_zipfile(path):
            raise ValueError("it is no zip archive, or a truncated one")
        archive = np.load(path, allow_pickle=False)
    with archive:
        keys = _npz_keys(archive.files, path)
        x_key, y_key = keys[check_split(split, keys, str(path))]
        with _reading(path, "a whole npz file, arrays of numbers only"):
            x = archive[x_key]
            y = archive.get(y_key)
    x = images.as_examples(x, f"{path}, {x_key}")
    return x, None if y is None else images.as_labels(y, len(x), f"{path}, {y_key}")


def _npz_keys(known: list[str], path: Path) -> dict[str, tuple[str, str]]:
    """The keys of examples and labels, by split."""
    found = {
        split: (x.format(split), y.format(split))
        for split in SPLITS
        for x, y in reversed(NPZ_KEYS)
        if x.format(split) in known
    }
    for keys in NPZ_KEYS_ALONE:
        if not found and keys[0] in known:
            found["train"] = keys
    if not found:
        raise ValueError(
            f"{path}: expected keys x_train, y_train, x_test, y_test; train, test; or x, y, got "
            f"{', '.join(known)}."
        )
    return found


def _read_image_folder(
    folder: Path, split: str, image_size: tuple[int, int] | None, limit: int | None
) -> tuple[np.ndarray, np.ndarray | None]:
    roots = {"train": folder}
    if (folders := _folders(folder)) and all(sub.name in SPLITS for sub in folders):
        roots = {sub.name: sub for sub in folders}
    root = roots[check_split(split, roots, str(folder))]
    # Classes of all splits together, so that a class has the same label in each.
    classes = sorted({sub.name for r in roots.values() for sub in _folders(r)})
    found = [(path, None) for path in _pictures(root)]
    in_classes = [
        (path, label) for label, name in enumerate(classes) for path in _pictures(root / name)
    ]
    if found and in_classes:
        raise ValueError(
            f"{root}: expected images, or one folder of images for each class, got both: "
            f"{found[0][0].name} and {in_classes[0][0].relative_to(root)}."
        )
    found = (found or in_classes)[:limit]
    if not found:
        raise ValueError(
            f"{root}: expected images ({', '.join(images.SUFFIXES)}), one folder of images for "
            "each class, or idx files (train-images-idx3-ubyte.gz, ...), found none."
        )
    paths, labels = zip(*found, strict=True)
    x = images.read_images(list(paths), image_size)
    return x, None if labels[0] is None else np.array(labels, np.int32)


def _visible(path: Path) -> bool:
    return not path.name.startswith((".", "__"))  # .ipynb_checkpoints, __MACOSX


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and _visible(path))


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in images.SUFFIXES and path.is_file() and _visible(path)
    )
