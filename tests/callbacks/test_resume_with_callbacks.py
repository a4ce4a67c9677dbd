"""A resumed run and its callbacks are those of a run that was never interrupted."""

import hashlib
import itertools
import random

import keras
import numpy as np
import pytest
from contract import state
from zoo_cases import CASES, PIXELS

import keras_genzoo as zoo
from keras_genzoo.callbacks import ResumeTraining

EPOCHS, STEPS = 12, 6


class PowerCut(BaseException):
    """The end of a process, but for the test's own."""


class CutAt(keras.callbacks.Callback):
    """Ends the process after so many steps of the run."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch * STEPS + batch + 1 == self.step:
            raise PowerCut


class Spoil(keras.callbacks.Callback):
    """Makes the losses grow from an epoch on, so that the callbacks have something to decide."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch >= 3:
            self.model.optimizer.learning_rate = 0.5


def own_callbacks(folder):
    return {
        "early": keras.callbacks.EarlyStopping(
            "val_kl", mode="min", patience=3, min_delta=0.01, restore_best_weights=True
        ),
        "best": keras.callbacks.ModelCheckpoint(
            folder / "best.weights.h5", "val_kl", mode="min", save_best_only=True,
            save_weights_only=True,
        ),
        "plateau": keras.callbacks.ReduceLROnPlateau("val_kl", mode="min", patience=1),
        "log": keras.callbacks.CSVLogger(folder / "log.csv"),
        "resume": ResumeTraining(folder, steps=2),
    }  # fmt: skip


def script(folder, order, cut_at=0):
    """The script that a user runs again and again; None where it was cut."""
    folder.mkdir(exist_ok=True)
    keras.utils.set_random_seed(0)
    model = CASES["vae"].build()
    model.compile(keras.optimizers.Adam(0.02))
    mine = own_callbacks(folder)
    callbacks = [Spoil(), *(mine[name] for name in order), CutAt(cut_at)]
    data = zoo.data.Batches(PIXELS, batch_size=10)
    try:
        history = model.fit(
            data, epochs=EPOCHS, verbose=0, callbacks=callbacks, validation_data=PIXELS[:20]
        )
    except PowerCut:
        mine["log"].csv_file.close()  # as the system does
        return None
    best = CASES["vae"].build()
    best.load_weights(folder / "best.weights.h5")
    return {
        "weights": state(model),
        "best": [np.array(w) for w in best.get_weights()],
        "history": history.history,
        "epochs": history.epoch,
        "stopped": mine["early"].stopped_epoch,
        "best epoch": mine["early"].best_epoch,
        "log": (folder / "log.csv").read_text(),
    }


def files(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


ORDERS = list(itertools.permutations(["early", "best", "plateau", "log", "resume"]))


@pytest.mark.parametrize("order", random.Random(0).sample(ORDERS, 2), ids=",".join)
def test_cut_at_five_random_steps_a_run_is_the_same_run(tmp_path, order):
    whole = script(tmp_path / "whole", order)
    assert 3 < whole["stopped"] < EPOCHS - 1 and whole["best epoch"] < whole["stopped"]
    last = (whole["stopped"] + 1) * STEPS
    for step in sorted(random.Random("".join(order)).sample(range(1, last), 5)):
        assert script(tmp_path / "cut", order, cut_at=step) is None
    resumed = script(tmp_path / "cut", order)
    for key in whole:
        if key in ("weights", "best"):
            for a, b in zip(whole[key], resumed[key], strict=True):
                np.testing.assert_array_equal(a, b)
        else:
            assert resumed[key] == whole[key], key
    # The finished script, run again, gives the same and changes no file.
    before = files(tmp_path / "cut")
    again = script(tmp_path / "cut", order)
    assert files(tmp_path / "cut") == before
    assert again["history"] == whole["history"] and again["stopped"] == whole["stopped"]
    for a, b in zip(again["weights"], whole["weights"], strict=True):
        np.testing.assert_array_equal(a, b)
