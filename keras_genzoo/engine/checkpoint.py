"""Checkpoints, one file each: Keras's weights, what a run is and where it stands, a SHA-256."""

import hashlib
import json
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import numpy as np

from keras_genzoo.engine.run import Progress
from keras_genzoo.support.files import UNFINISHED, written_whole

KEPT = 2
ABANDONED = 3600.0  # seconds after which a half-written file has no process any more
END = "_end.weights.h5"
# After the weights' file: this and the SHA-256 of all before it.
SIGNATURE = b"\nsha256:"


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint's file holds beside the weights, which `model.load_weights` reads.

    Args:
        path: The file.
        progress: Where the run stood.
        about: What the run is.
        states: Those of the callbacks, and the arrays in them.
    """

    path: Path
    progress: Progress
    about: dict
    states: tuple[list, list]

    @property
    def ended(self) -> bool:
        """Whether this is the end of a run, after all callbacks had ended."""
        return self.path.name.endswith(END)

    @classmethod
    def read(cls, path: Path) -> "Checkpoint":
        """Raises ValueError, OSError or KeyError for a file that is not as it was written."""
        check_signature(path)
        with h5py.File(path) as file:
            group = file["run"]
            record = json.loads(group["record"][()].tobytes())
            arrays = [group[f"array_{i}"][()] for i in range(len(group) - 1)]
        states = record["states"], arrays
        return cls(path, Progress(**record["progress"]), record["about"], states)

    def write(self, model):
        """Writes it whole, with the model's weights."""
        states, arrays = self.states
        record = {"progress": asdict(self.progress), "about": self.about, "states": states}
        with written_whole(self.path) as temporary:
            model.save_weights(temporary)
            with h5py.File(temporary, "r+") as file:
                group = file.create_group("run")
                group["record"] = np.frombuffer(json.dumps(record).encode(), "uint8")
                for i, array in enumerate(arrays):
                    group[f"array_{i}"] = array
            sign(temporary)


class Checkpoints:
    """A run's folder of checkpoints, of which the two latest and the run's end are kept.

    Args:
        folder: Where they are; made when the first one is written.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._damaged: list = []

    def paths(self) -> list[Path]:
        """All of them, the newest first; a run's end is newer than its last epoch."""
        return sorted(self.folder.glob("epoch*.weights.h5"), reverse=True)

    def find(self, wanted: Callable[[Checkpoint], bool]) -> Checkpoint | None:
        """The newest checkpoint that is whole and wanted, None where the folder has none at all.

        Raises:
            ValueError: There are checkpoints, and none of them is.
        """
        paths, self._damaged = self.paths(), []
        for path in paths:
            try:
                found = Checkpoint.read(path)
            except (OSError, KeyError, ValueError) as error:
                warnings.warn(f"Skipped the checkpoint {path}: {error}", stacklevel=2)
                self._damaged.append(path)
                continue
            if wanted(found):
                return found
        if paths:
            why = "can be read, for the reasons warned of"
            if len(self._damaged) < len(paths):
                why = "is one to train on from: what can be read is the end of a shorter run"
            raise ValueError(
                f"None of the {len(paths)} checkpoints in {self.folder} {why}. Put a copy of the "
                "others back, or remove the folder to start anew."
            )
        return None

    def write(self, model, progress: Progress, about: dict, states: tuple, *, end: bool = False):
        """Writes a checkpoint of `model`, and removes those that are not needed any more.

        Args:
            model: Whose weights.
            progress, about, states: See `Checkpoint`.
            end: Whether it is that of a run's end.
        """
        part = END if end else f"_batch{progress.batch:08d}.weights.h5"
        path = self.folder / f"epoch{progress.epoch:06d}{part}"
        self.folder.mkdir(parents=True, exist_ok=True)
        Checkpoint(path, progress, about, states).write(model)
        others = [p for p in self.paths() if p != path]
        useless = [p for p in others if p in self._damaged or p.name.endswith(END)]
        useful = [p for p in others if p not in useless]
        for old in [*useless, *useful[KEPT if end else KEPT - 1 :]]:
            os.remove(old)

    def sweep(self):
        """Removes files that a killed process has left half-written."""
        for path in self.folder.glob(f"{UNFINISHED}*"):
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink(missing_ok=True)


def sign(path):
    """Appends the SHA-256 of a file to it; HDF5 does not mind what comes after its end."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with open(path, "ab") as file:
        file.write(SIGNATURE + digest.encode())


def check_signature(path):
    """Raises ValueError unless a file is as it was when it was signed."""
    content = Path(path).read_bytes()
    body, signature = content[: -len(SIGNATURE) - 64], content[-len(SIGNATURE) - 64 :]
    if not signature.startswith(SIGNATURE):
        raise ValueError("it was cut, or written by version 0.1.0: it carries no SHA-256")
    if signature != SIGNATURE + hashlib.sha256(body).hexdigest().encode():
        raise ValueError("it was altered after it was written: its SHA-256 does not fit")
