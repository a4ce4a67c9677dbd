"""Arrays and picture files as uint8 images (n, height, width, channels)."""

import itertools
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
# Broken files that a message names; it counts the others.
NAMED = 10
# A resized image whose width / height changes by more than this is worth a warning.
SQUASHED = 0.05
DEEP = "more than 8 bits per channel"


def as_size(image_size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """(height, width) of `image_size`; raises ValueError unless both are positive."""
    if image_size is None:
        return None
    sides: Any = image_size
    size = (sides, sides) if np.ndim(sides) == 0 else tuple(sides)
    if len(size) != 2 or min(size) < 1:
        raise ValueError(
            f"Expected image_size n or (height, width), in pixels; got {image_size!r}."
        )
    return int(size[0]), int(size[1])


def resize(images: np.ndarray, image_size: tuple[int, int] | None) -> np.ndarray:
    """Resize uint8 (n, h, w, c) to `image_size`, bicubic and antialiased; may stretch."""
    if image_size is None or images.shape[1:3] == image_size:
        return images
    resized = np.empty((len(images), *image_size, images.shape[-1]), np.uint8)
    for i, image in enumerate(images):
        image = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        image = image.resize(image_size[::-1], Image.Resampling.BICUBIC)
        resized[i] = np.asarray(image).reshape(resized.shape[1:])
    return resized


def to_pixels(
    parts: Iterable[np.ndarray], image_size: tuple[int, int] | None, sources: Iterable
) -> list[np.ndarray]:
    """All images of a set as pixels 0..255, resized.

    A set that holds 0 and 1 alone is black and white: they become 0 and 255.

    Args:
        parts: Images uint8 (n, h, w, c) each, which are resized one by one.
        image_size: (height, width), or None to leave sizes as they are.
        sources: What to call each part in a warning that its proportions change.
    """
    found, squashed = [], []
    for part, source in zip(parts, sources, strict=False):
        if image_size and _is_squashed(part.shape[1:3], image_size):
            squashed.append((len(part), part.shape[1:3], source))
        # What is 0 and 1 so far waits, since the whole set tells whether its 1 is white.
        found.append(part if part.max(initial=0) <= 1 else resize(part, image_size))
    if squashed:
        (_, (height, width), source) = squashed[0]
        warnings.warn(
            f"Resizing changes the proportions of {sum(n for n, *_ in squashed)} of "
            f"{sum(map(len, found))} images: {source} is {height}x{width} (height x width), "
            f"image_size is {'x'.join(map(str, image_size or ()))}. Crop them first to keep them.",
            stacklevel=2,
        )
    if max((part.max(initial=0) for part in found), default=0) == 1:
        found = [part * np.uint8(255) for part in found]
    return [resize(part, image_size) for part in found]


def _is_squashed(before: tuple[int, int], after: tuple[int, int]) -> bool:
    ratio = before[0] * after[1] / (before[1] * after[0])
    return max(ratio, 1 / ratio) > 1 + SQUASHED


def as_examples(x: np.ndarray, source: str) -> np.ndarray:
    """An array from a file as uint8 images (n, h, w, c) or vectors (n, d), uint8 or float32.

    Raises:
        ValueError: Anything else, float images among them: their range cannot be known.
    """
    if x.dtype == bool:
        x = x.astype(np.uint8)
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim == 2 and x.dtype.kind in "uif":
        return x if x.dtype == np.uint8 else x.astype(np.float32)
    if x.ndim != 4 or x.shape[-1] > 4:
        raise ValueError(
            "Expected images (n, height, width[, channels]) or vectors (n, features) in "
            f"{source}; got shape {x.shape}. Move channels last where they are first."
        )
    if x.dtype.kind not in "ui" or (x.size and (x.min() < 0 or x.max() > 255)):
        low, high = (x.min(), x.max()) if x.size and x.dtype.kind in "uif" else (None, None)
        values = "" if low is None else f" with values in [{low:g}, {high:g}]"
        raise ValueError(
            f"Expected images of integers in 0..255 in {source}; got {x.dtype} images{values}. "
            "Save them as uint8: np.rint(255 * x).astype(np.uint8) if they are in 0..1."
        )
    return x.astype(np.uint8, copy=False)


def as_labels(y: np.ndarray, num_examples: int, source: str) -> np.ndarray:
    """Integer labels (n,) or (n, 1) as int32 (n,); raises ValueError for anything else."""
    if y.shape not in ((num_examples,), (num_examples, 1)) or y.dtype.kind not in "ui":
        raise ValueError(
            f"Expected {num_examples} integer labels in {source}, one for each example; got "
            f"{y.dtype} of shape {y.shape}. Save one integer for each."
        )
    return y.reshape(-1).astype(np.int32)


def read_images(
    folder: Path,
    paths: list[Path],
    image_size: tuple[int, int] | None,
    *,
    skip_broken: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Read picture files. Transparent ones are laid on white.

    Args:
        folder: Where they are, for messages.
        paths: The files.
        image_size: (height, width) to resize them to.
        skip_broken: Leave out those that cannot be read, with one warning, rather than raise.

    Returns:
        x, uint8 (n, h, w, c), where c is 1 if all are grey, else 3; and which of `paths` they are,
        int (n,).

    Raises:
        ValueError: Files that cannot be read or have more than 8 bits per channel, without
            `skip_broken` or where all are such; or sizes that differ, with `image_size` None.
    """
    broken, kept = {}, []

    def whole():
        for i, path in enumerate(paths):
            try:
                image = _read_image(path)
            except BrokenImage as error:
                broken[path] = str(error)
            else:
                kept.append(i)
                yield image[None]

    sources = (paths[kept[-1]] for _ in itertools.count())
    images = to_pixels(whole(), image_size, sources)
    if broken:
        _report(broken, len(paths), folder, skip=skip_broken and bool(kept))
    for i, image in zip(kept, images, strict=True):
        if image.shape[1:3] != images[0].shape[1:3]:
            raise ValueError(
                f"Images differ in size: {paths[kept[0]]} is {images[0].shape[1:3]}, {paths[i]} is "
                f"{image.shape[1:3]} (height, width). Pass image_size to resize them all."
            )
    channels = max(image.shape[-1] for image in images)
    x = np.empty((len(images), *images[0].shape[1:3], channels), np.uint8)
    for i, image in enumerate(images):
        x[i] = image[0]  # grey among colour: broadcast over the channels
    return x, np.array(kept)


def _report(broken: dict[Path, str], total: int, folder: Path, skip: bool) -> None:
    """Says which files are broken: in a warning where they are skipped, else in an error."""
    named = {str(path.relative_to(folder)): why for path, why in broken.items()}
    more = f", ... and {len(named) - NAMED} more" if len(named) > NAMED else ""
    if skip:
        names = ", ".join(itertools.islice(named, NAMED))
        warnings.warn(
            f"Skipped {len(named)} of {total} images in {folder} that cannot be read: {names}"
            f"{more}.",
            stacklevel=2,
        )
        return
    reasons = [f"{name}: {why}" for name, why in itertools.islice(named.items(), NAMED)]
    deep = any(why.startswith(DEEP) for why in named.values())
    convert = " Save 16 bits per channel as 8, which is np.uint8(x / 257)." if deep else ""
    raise ValueError(
        f"Expected whole image files with 8 bits per channel in {folder}; got {len(named)} of "
        f"{total} that are not: {'; '.join(reasons)}{more}.{convert} Mend or remove them, or "
        "pass skip_broken=True."
    )


class BrokenImage(Exception):
    """A file is no image that can be read; the message says why."""


def is_dangling(path: Path) -> bool:
    """Whether `path` is a link to a file that is not there."""
    return path.is_symlink() and not path.exists()


def _read_image(path: Path) -> np.ndarray:
    """Pixels uint8 (h, w, c)."""
    if is_dangling(path):
        raise BrokenImage("a link to a file that is not there")
    try:
        with Image.open(path) as image:
            # Cameras turn pictures by a tag.
            picture = ImageOps.exif_transpose(image)
            if picture.mode[0] in "IF":
                raise BrokenImage(f"{DEEP}, mode {picture.mode}")
            mode = "L" if picture.mode in ("1", "L", "LA", "La") else "RGB"
            if picture.has_transparency_data:
                # Under transparent pixels any colour may hide.
                white = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(white, picture.convert("RGBA"))
            return np.atleast_3d(np.asarray(picture.convert(mode)))
    except (BrokenImage, MemoryError):
        raise
    except Exception as error:  # each of Pillow's formats has errors of its own
        raise BrokenImage(f"damaged or no image, {_reason(error, path)}") from error


def _reason(error: Exception, path: Path) -> str:
    text = str(error).replace(repr(str(path)), "").replace(str(path), "").strip()
    return " ".join(text.split()).rstrip(":. ") or type(error).__name__
