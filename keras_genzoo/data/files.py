"""Data sets in files: idx, npz, npy, and folders of images."""

import contextlib
import gzip
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from keras_genzoo.data import images
from keras_genzoo.data.subsets import Subset, check_split

SPLITS = ("train", "test", "val", "valid", "validation")
ARRAY_SUFFIXES = (".npz", ".npy", ".idx", ".gz")
# What npz files call their examples and their labels; {} is the split.
NPZ_KEYS = (("x_{}", "y_{}"), ("{}_images", "{}_labels"), ("{}", "{}_labels"))
NPZ_KEYS_ALONE = (
    ("x", "y"),
    ("x", "labels"),
    ("images", "labels"),
    ("data", "labels"),
    ("samples", "labels"),  # as `keras-genzoo sample` writes them
)
CORRUPT = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error)


def read(
    path: Path,
    subset: Subset,
    *,
    image_size: tuple[int, int] | None = None,
    skip_broken: bool = False,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the wanted examples and labels from a file or folder.

    A source that has no splits counts as "train": asking it for another is an error, so that nobody
    tests on training data unawares.

    Args:
        path: See `keras_genzoo.data.load`.
        subset: Which split and which of its examples; no other picture files are read.
        image_size: (height, width) to resize images to.
        skip_broken: Leave out picture files that cannot be read, with a warning.

    Returns:
        x, uint8 images or vectors, and int32 labels (n,) or None.

    Raises:
        FileNotFoundError: Nothing is there.
        ValueError: The file is not what its name says, or has no such split.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"Expected a file or folder; got {path}, where there is none. Check the path."
        )
    if path.is_dir() and not _idx_files(path):
        return _read_image_folder(path, subset, image_size, skip_broken)
    if path.is_dir():
        x, y = _read_idx_folder(path, subset.split)
    elif path.suffix == ".npz":
        x, y = _read_npz(path, subset.split)
    else:
        check_split(subset.split, ["train"], str(path))
        x = _load_npy(path) if path.suffix == ".npy" else read_idx(path)
        x, y = images.as_examples(x, str(path)), None
    x, y = subset.take(x, y)
    if x.ndim == 4:
        (x,) = images.to_pixels([x], image_size, [path])
    return x, y


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file of unsigned bytes, gzipped or not, as LeCun's MNIST page describes it.

    Raises:
        ValueError: The file is not one, or is shorter or longer than its header says.
    """
    with _reading(path, "a whole gzip file"):
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    if len(content) < 4 or content[:3] != b"\x00\x00\x08" or not 1 <= content[3] <= 4:
        raise ValueError(
            "Expected an idx file of unsigned bytes, which begins 00 00 08 and its number of "
            f"dimensions; got {content[:4].hex(' ') or 'nothing'} in {path}. Save the array as "
            ".npy, or download the file anew."
        )
    header = 4 + 4 * content[3]
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4))
    if len(content) != header + math.prod(shape):
        raise ValueError(
            f"Expected {header + math.prod(shape)} bytes for shape {shape}; got {len(content)} in "
            f"{path}, which is truncated or corrupt. Copy or download it anew."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


@contextlib.contextmanager
def _reading(path: Path, expected: str):
    """Turns the many errors of a damaged file into one ValueError that names the file."""
    try:
        yield
    except CORRUPT as error:
        raise ValueError(
            f"Expected {expected}; got {path}, which cannot be read ({error}). Copy, download or "
            "save it anew."
        ) from error


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
    advice = " The files of 'test' are called t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte."
    prefix = prefixes[check_split(split, splits, str(folder), advice)]
    path = files[f"{prefix}-images"]
    x = images.as_examples(read_idx(path), str(path))
    path_of_labels = files.get(f"{prefix}-labels")
    if path_of_labels is None:
        return x, None
    return x, images.as_labels(read_idx(path_of_labels), len(x), str(path_of_labels))


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
        advice = " Save one as x_train, y_train, x_test, y_test."
        x_key, y_key = keys[check_split(split, keys, str(path), advice)]
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
    alone = [keys for keys in NPZ_KEYS_ALONE if keys[0] in known]
    if not found and alone:
        found["train"] = next((keys for keys in alone if keys[1] in known), alone[0])
    if not found:
        raise ValueError(
            "Expected keys x_train, y_train, x_test, y_test; or train, test; or x, y; or images, "
            f"labels; got {', '.join(known)} in {path}. Save the arrays by those names."
        )
    return found


def _read_image_folder(
    folder: Path, subset: Subset, image_size: tuple[int, int] | None, skip_broken: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    roots = {"train": folder}
    if (folders := _folders(folder)) and all(sub.name in SPLITS for sub in folders):
        roots = {sub.name: sub for sub in folders}
    advice = f" Put the images into folders of the splits: {folder}/train, {folder}/test."
    split = check_split(subset.split, roots, str(folder), advice)
    root, paths, labels = roots[split], _pictures(roots[split]), None
    found = {key: {sub.name: _pictures(sub) for sub in _folders(r)} for key, r in roots.items()}
    # Classes of all splits together, so that a class has the same label in each.
    classes = sorted({name for of in found.values() for name, pictures in of.items() if pictures})
    by_class = [found[split].get(name, []) for name in classes]
    in_classes = [path for pictures in by_class for path in pictures]
    if paths and in_classes:
        raise ValueError(
            f"Expected images in {root}, or one folder of images for each class; got both: "
            f"{paths[0].name} and {in_classes[0].relative_to(root)}. Move one kind away."
        )
    if in_classes:
        paths = in_classes
        labels = np.repeat(np.arange(len(classes), dtype=np.int32), list(map(len, by_class)))
    if not paths:
        arrays = sorted(path for path in root.iterdir() if path.suffix in ARRAY_SUFFIXES)
        raise ValueError(
            f"Expected images ({', '.join(images.SUFFIXES)}), one folder of images for each class, "
            f"or idx files (train-images-idx3-ubyte.gz, ...) in {root}; got none. "
            + (f"It holds {arrays[0].name}: give that file." if arrays else "Check the path.")
        )
    chosen, labels = subset.take(np.array(paths), labels)
    x, kept = images.read_images(root, list(chosen), image_size, skip_broken=skip_broken)
    return x, None if labels is None else labels[kept]


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
        if path.suffix.lower() in images.SUFFIXES
        and (path.is_file() or images.is_dangling(path))
        and _visible(path)
    )
