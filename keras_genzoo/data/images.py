"""Arrays and picture files as uint8 images (n, height, width, channels)."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")


def as_size(image_size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """(height, width) of `image_size`; raises ValueError unless both are positive."""
    if image_size is None:
        return None
    size = (image_size, image_size) if np.ndim(image_size) == 0 else tuple(image_size)
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"Expected image_size n or (height, width), got {image_size!r}.")
    return int(size[0]), int(size[1])


def resize(images: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Resize uint8 (n, h, w, c) to `image_size`, bicubic and antialiased; may stretch."""
    if images.shape[1:3] == image_size:
        return images
    resized = np.empty((len(images), *image_size, images.shape[-1]), np.uint8)
    for i, image in enumerate(images):
        image = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        image = image.resize(image_size[::-1], Image.Resampling.BICUBIC)
        resized[i] = np.asarray(image).reshape(resized.shape[1:])
    return resized


def as_examples(x: np.ndarray, source: str) -> np.ndarray:
    """An array from a file as uint8 images (n, h, w, c) or vectors (n, d), uint8 or float32.

    Raises:
        ValueError: anything else, float images among them: their range cannot be known.
    """
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim == 2 and x.dtype.kind in "uif":
        return x if x.dtype == np.uint8 else x.astype(np.float32)
    if x.ndim != 4 or x.shape[-1] > 4:
        raise ValueError(
            f"{source}: expected images (n, height, width[, channels]) or vectors (n, features), "
            f"got shape {x.shape}."
        )
    if x.dtype.kind not in "ui" or (x.size and (x.min() < 0 or x.max() > 255)):
        raise ValueError(
            f"{source}: expected images of integers in 0..255, got {x.dtype} images. "
            "Save them as uint8: np.rint(255 * x).astype(np.uint8) if they are in 0..1."
        )
    return x.astype(np.uint8, copy=False)


def as_labels(y: np.ndarray, num_examples: int, source: str) -> np.ndarray:
    """Integer labels (n,) or (n, 1) as int32 (n,); raises ValueError for anything else."""
    if y.shape not in ((num_examples,), (num_examples, 1)) or y.dtype.kind not in "ui":
        raise ValueError(
            f"{source}: expected {num_examples} integer labels, got {y.dtype} of shape {y.shape}."
        )
    return y.reshape(-1).astype(np.int32)


def read_images(paths: list[Path], image_size: tuple[int, int] | None) -> np.ndarray:
    """Read picture files as uint8 (n, h, w, c): c is 1 if all are grey, else 3. Alpha is dropped.

    Raises:
        ValueError: a file cannot be read or has more than 8 bits per channel, or sizes differ and
            `image_size` is None.
    """
    images = [_read_image(path, image_size) for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape[:2] != images[0].shape[:2]:
            raise ValueError(
                f"Images differ in size: {paths[0]} is {images[0].shape[:2]}, {path} is "
                f"{image.shape[:2]} (height, width). Pass image_size to resize them all."
            )
    channels = max(image.shape[-1] for image in images)
    x = np.empty((len(images), *images[0].shape[:2], channels), np.uint8)
    for i, image in enumerate(images):
        x[i] = image  # grey among colour: broadcast over the channels
    return x


def _read_image(path: Path, image_size: tuple[int, int] | None) -> np.ndarray:
    try:
        with Image.open(path) as image:
            # Cameras turn pictures by a tag.
            image = ImageOps.exif_transpose(image)
            if image.mode[0] in "IF":
                raise ValueError(f"mode {image.mode}")
            image = image.convert("L" if image.mode in ("1", "L", "LA") else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(
            f"{path}: expected a whole image file with 8 bits per channel ({error})."
        ) from error
    if image_size is not None and image.size != image_size[::-1]:
        image = image.resize(image_size[::-1], Image.Resampling.BICUBIC)
    return np.atleast_3d(np.asarray(image))
