"""The file of a checkpoint: Keras's weights, what a run is and where it stands, and a SHA-256."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import numpy as np

from keras_genzoo.engine.run import Progress
from keras_genzoo.support.files import written_whole

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
    def paths(cls, folder: Path) -> list[Path]:
        """The checkpoints in a folder, the newest first; a run's end is newer than its last
        epoch."""
        return sorted(folder.glob("epoch*.weights.h5"), reverse=True)

    @classmethod
    def path_of(cls, folder: Path, progress: Progress, end: bool) -> Path:
        """What such a checkpoint is called."""
        part = END if end else f"_batch{progress.batch:08d}.weights.h5"
        return folder / f"epoch{progress.epoch:06d}{part}"

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
