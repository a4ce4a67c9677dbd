"""A user's script with Keras's callbacks, which is cut off and run again."""

import hashlib
import os
import signal
from pathlib import Path

import keras
import numpy as np
from zoo_cases import CASES, PIXELS

import keras_genzoo as zoo

EPOCHS, STEPS = 12, 6  # 60 examples: 6 batches an epoch


class PowerCut(BaseException):
    """The end of a process, but for the test's own."""


class CutAt(keras.callbacks.Callback):
    """Ends the script after so many steps of the run: by `kill -9`, or by a `PowerCut`."""

    def __init__(self, step, kill):
        super().__init__()
        self.step, self.kill = step, kill

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch * STEPS + batch + 1 == self.step:
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise PowerCut


class Spoil(keras.callbacks.Callback):
    """Makes the losses grow from an epoch on, so that the callbacks have something to decide."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            self.model.optimizer.learning_rate = 2.0


def digest(arrays) -> str:
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def script(folder, order, cut_at=0, kill=False):
    """What the run ended in; None where it was cut off."""
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    keras.utils.set_random_seed(0)
    model = CASES["vae"].build()
    model.compile(keras.optimizers.Adam(0.02))
    mine = {
        "early": keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
        "best": keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True),
        "plateau": keras.callbacks.ReduceLROnPlateau(patience=1),
        "log": keras.callbacks.CSVLogger(folder / "log.csv"),
        "resume": zoo.callbacks.ResumeTraining(folder, steps=2),
    }
    callbacks = [Spoil(), *(mine[name] for name in order), CutAt(cut_at, kill)]
    data = zoo.data.Batches(PIXELS, batch_size=10)
    try:
        history = model.fit(
            data, epochs=EPOCHS, verbose=0, callbacks=callbacks, validation_data=PIXELS[:20]
        )
    except PowerCut:
        mine["log"].csv_file.close()  # as the system does
        return None
    best = keras.saving.load_model(folder / "best.keras")
    return {
        "weights": digest(model.get_weights()),
        "all state": digest(v.numpy() for v in model.variables + model.optimizer.variables),
        "best": digest(best.get_weights()),
        "history": history.history,
        "epochs": history.epoch,
        "stopped": mine["early"].stopped_epoch,
        "best epoch": mine["early"].best_epoch,
        "log": (folder / "log.csv").read_text(),
    }


def answered(answer, *args):
    """`script`, for a process of its own."""
    answer.put(script(*args))
