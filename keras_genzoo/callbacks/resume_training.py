"""Training that survives `kill -9`."""

import json
import os
import time
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import h5py
import keras
from keras import ops

from keras_genzoo.engine.fitting import Progress
from keras_genzoo.saving.files import written_whole

KEPT = 2


class ResumeTraining(keras.callbacks.Callback):
    """Continues an interrupted `fit` exactly where its last checkpoint left off.

    Run the same script again: weights, the optimizers' state, random states, the running means
    of the logs and the place in the data are restored, in mid-epoch too, and the run ends in the
    same bits as one that was never interrupted. That holds for NumPy arrays and for `zoo.data`;
    other data sets are resumed at the same batch, and exactly if their order is fixed.

    Checkpoints are written whole (a temporary file, flushed, then renamed), the two latest are
    kept. One is written when training begins, after each epoch, and every `seconds`.

    Args:
        folder: Where checkpoints go, under `folder/checkpoints`. A finished run is not repeated:
            give more `epochs` to go on, or another folder to start anew.
        seconds: Longest time between checkpoints within an epoch.
        steps: Also write one every so many batches; None does not.

    Raises:
        ValueError: The folder holds the run of another model.
        OSError: The folder cannot be written.

    Example:
        model.fit(train, epochs=50, callbacks=[zoo.callbacks.ResumeTraining("runs/dcgan")])
    """

    def __init__(self, folder, *, seconds: float = 60.0, steps: int | None = None):
        super().__init__()
        self.folder = Path(folder) / "checkpoints"
        self.seconds, self.steps = seconds, steps

    # -------------------------------------------------------------- called by GenerativeModel.fit

    def restore_progress(self, model, fresh: Progress) -> Progress:
        """Loads the newest whole checkpoint into `model`; `fresh` where there is none."""
        checkpoints = sorted(self.folder.glob("*.weights.h5"), reverse=True)
        for path in checkpoints:
            try:
                with h5py.File(path) as file:
                    config = file.attrs["model"]
                    progress = Progress(**json.loads(file.attrs["progress"]))
            except (OSError, KeyError, ValueError) as error:
                warnings.warn(f"Skipped the checkpoint {path}: {error}", stacklevel=2)
                continue
            if config != _identity(model):
                raise ValueError(
                    f"{self.folder} holds the training of another model or of other optimizers. "
                    "Resume with the same configuration, or give ResumeTraining another folder."
                )
            model.load_weights(path)
            return progress
        if checkpoints:
            raise ValueError(
                f"None of the {len(checkpoints)} checkpoints in {self.folder} can be read. "
                "Remove the folder to start anew."
            )
        return fresh

    def begin(self, progress: Progress, steps: int | None):
        """Told by `fit` where the run starts and how many batches an epoch has."""
        self.progress = replace(progress, steps=steps)

    # -------------------------------------------------------------- called by Keras

    def on_train_begin(self, logs=None):
        if not any(self.folder.glob("*.weights.h5")):
            self._save()

    def on_epoch_begin(self, epoch, logs=None):
        self._saved_at = time.monotonic()
        self._since_saved = 0

    def on_train_batch_end(self, batch, logs=None):
        self._since_saved += 1
        done = batch + 1
        due = self.steps and self._since_saved >= self.steps
        due = due or time.monotonic() - self._saved_at > self.seconds
        # The last batch waits for the epoch's end, so that validation is not lost.
        if due and done != self.progress.steps:
            metrics = [ops.convert_to_numpy(v).tolist() for v in self.model.metrics_variables]
            self.progress = replace(self.progress, batch=done, metrics=metrics)
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        self.progress = replace(self.progress, epoch=epoch + 1, batch=0, metrics=[])
        self._save()

    def _save(self):
        progress, model = self.progress, self.model
        path = self.folder / f"epoch{progress.epoch:06d}_batch{progress.batch:08d}.weights.h5"
        self.folder.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            model.save_weights(temporary)
            with h5py.File(temporary, "r+") as file:
                file.attrs["model"] = _identity(model)
                file.attrs["progress"] = json.dumps(asdict(progress))
        for old in sorted(self.folder.glob("*.weights.h5"))[:-KEPT]:
            os.remove(old)
        self._saved_at = time.monotonic()
        self._since_saved = 0


def _identity(model) -> str:
    """What must be equal for a run to go on: the architecture and the loss.

    Names are left out: Keras numbers them. Optimizers too: schedules change them, and state of
    another optimizer is refused when it is loaded.
    """
    config = {key: value for key, value in model.get_config().items() if key != "name"}
    identity = {"class": type(model).__name__, "config": config, "loss": model.get_loss()}
    return json.dumps(identity, sort_keys=True, default=str)
