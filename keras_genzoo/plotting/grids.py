"""Images side by side, with or without words beside them."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_genzoo.plotting.figures import scatter
from keras_genzoo.support.checks import whole_number

# Smaller images are enlarged until their longer side comes near this many pixels.
VISIBLE = 56
TEXT = 12  # pixels
WHITE = 255
MOST_CLASSES = 16  # rows of a picture


def image_grid(images: np.ndarray, columns: int | None = None, padding: int = 2) -> Image.Image:
    """Images side by side, row by row, on white.

    Args:
        images: uint8 (n, height, width, channels), 1 or 3 channels. Small ones are enlarged by
            a whole factor, without smoothing.
        columns: Images in a row; by default the grid is about square.
        padding: Pixels around each image.

    Raises:
        ValueError: Another shape or dtype; `columns` or `padding` out of range.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3):
        raise ValueError(
            "Expected uint8 images (n, height, width, channels) with 1 or 3 channels; got "
            f"{images.dtype} {images.shape}."
        )
    if 0 in images.shape:
        raise ValueError(f"Expected at least one image; got shape {images.shape}.")
    n, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(n)) if columns is None else columns
    columns = min(whole_number("columns", columns), n)
    padding = whole_number("padding", padding, least=0)
    rows = math.ceil(n / columns)

    factor = max(1, VISIBLE // max(height, width))
    images = images.repeat(factor, axis=1).repeat(factor, axis=2)
    cell_height, cell_width = height * factor + padding, width * factor + padding
    grid = np.full(
        (rows * cell_height + padding, columns * cell_width + padding, channels), WHITE, np.uint8
    )
    for i, image in enumerate(images):
        top = i // columns * cell_height + padding
        left = i % columns * cell_width + padding
        grid[top : top + image.shape[0], left : left + image.shape[1]] = image
    return Image.fromarray(grid[..., 0] if channels == 1 else grid)


def image_table(
    images: np.ndarray,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    padding: int = 2,
) -> Image.Image:
    """Rows of images, with what each row and each column is.

    Args:
        images: uint8 (rows, columns, height, width, channels), such as `model.interpolate` gives.
        rows: A text to the left of each row.
        columns: A text above each column.
        padding: Pixels around each image.

    Raises:
        ValueError: Another shape or dtype; texts that are not one for each row or column.
    """
    images = np.asarray(images)
    if images.ndim != 5:
        raise ValueError(
            "Expected images (rows, columns, height, width, channels); got "
            f"{images.dtype} {images.shape}."
        )
    for what, texts, n in (("rows", rows, len(images)), ("columns", columns, images.shape[1])):
        if texts is not None and len(texts) != n:
            raise ValueError(f"Expected a text for each of {n} {what}; got {len(texts)}.")
    shape = images.shape
    grid = image_grid(images.reshape(-1, *shape[2:]), columns=shape[1], padding=padding)
    font = ImageFont.load_default(TEXT)
    left = max((math.ceil(font.getlength(text)) + 6 for text in rows or ()), default=0)
    top = TEXT + 4 if columns else 0
    table = Image.new(grid.mode, (left + grid.width, top + grid.height), "white")
    table.paste(grid, (left, top))
    draw = ImageDraw.Draw(table)
    cell_width, cell_height = grid.width / shape[1], grid.height / shape[0]
    for i, text in enumerate(rows or ()):
        middle = top + (i + 0.5) * cell_height
        draw.text((left - 3, middle), text, "black", font, anchor="rm")
    for i, text in enumerate(columns or ()):
        middle = left + (i + 0.5) * cell_width
        draw.text((middle, top), text, "black", font, anchor="mb")
    return table


def class_table(images: np.ndarray, labels: np.ndarray) -> Image.Image:
    """A row of images for each class, with its label to the left; short rows end in white.

    Args:
        images: uint8 (n, height, width, channels).
        labels: The class of each, (n,).

    Raises:
        ValueError: Another shape or dtype; labels that are not one for each image.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    if labels.shape != (len(images),):
        raise ValueError(f"Expected labels of {len(images)} images; got shape {labels.shape}.")
    classes = np.unique(labels)
    rows = [images[labels == label] for label in classes]
    shape = (len(rows), max(map(len, rows)), *images.shape[1:])
    table = np.full(shape, WHITE, images.dtype)
    for place, row in zip(table, rows, strict=True):
        place[: len(row)] = row
    return image_table(table, rows=list(map(str, classes)))


def labels_of_rows(num_classes: int, n: int) -> np.ndarray:
    """The labels of samples that make full rows, one for each class: (m,), sorted.

    Args:
        num_classes: Of more than 16, it is 16 of them, evenly, the first and the last among them.
        n: m is at most that, but at least one for each class shown.
    """
    classes = evenly(range(num_classes), MOST_CLASSES)
    return np.repeat(classes, max(1, n // len(classes)))


def evenly(items: Sequence, most: int) -> Sequence:
    """At most `most` of the items, evenly, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def picture(samples: np.ndarray, labels: np.ndarray | None = None) -> Image.Image:
    """What `model.sample` gives, as a picture: a grid of images, or a scatter of vectors.

    Args:
        samples: As `model.sample` gives them.
        labels: Their classes (n,): images have a row for each, vectors a colour.

    Raises:
        ValueError: Neither uint8 images (n, height, width, channels) nor vectors (n, features);
            labels that are not one for each.
    """
    samples = np.asarray(samples)
    if samples.ndim == 4:
        return image_grid(samples) if labels is None else class_table(samples, labels)
    if samples.ndim == 2:
        return scatter(samples, labels=labels)
    raise ValueError(
        "Expected images (n, height, width, channels) or vectors (n, features); got "
        f"{samples.dtype} {samples.shape}."
    )
