"""The file of Keras's `CSVLogger`, in which each epoch of a resumed run shall stand once."""

import csv
from pathlib import Path

import keras

from keras_genzoo.support.files import written_whole


def cut_rows(logger: keras.callbacks.CSVLogger, epoch: int):
    """Takes the last rows from `epoch` on out of a log's file, for they are written again.

    The last ones alone: the file may have the rows of other runs before.
    """
    logger.append = True
    rows = _rows(logger)
    kept = list(rows)
    while len(kept) > 1 and not (kept[-1] and kept[-1][0].isdigit() and int(kept[-1][0]) < epoch):
        kept.pop()
    if kept != rows:
        with (
            written_whole(logger.filename) as temporary,
            open(temporary, "w", newline="") as file,
        ):
            csv.writer(file, delimiter=logger.sep).writerows(kept)


def columns(logger: keras.callbacks.CSVLogger) -> list[str] | None:
    """The columns of a log's file beside the epoch, None where it has none."""
    rows = _rows(logger)
    return rows[0][1:] if rows and rows[0] else None


def _rows(logger) -> list[list[str]]:
    path = Path(logger.filename)
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.reader(file, delimiter=logger.sep))
