"""fit(): what callbacks see of it, Keras's own among them."""

import csv

import keras
import numpy as np
import pytest
from watching import vae
from zoo_cases import PIXELS


def test_keras_own_callbacks(tmp_path):
    tf = pytest.importorskip("tensorflow")
    model = vae()
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", monitor="val_negative_elbo", mode="min", save_best_only=True
    )
    model.fit(
        PIXELS,
        batch_size=20,
        epochs=4,
        verbose=0,
        validation_data=PIXELS[:20],
        callbacks=[
            best,
            keras.callbacks.TensorBoard(tmp_path / "logs"),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.EarlyStopping(
                monitor="val_negative_elbo", mode="min", patience=1, min_delta=1e9
            ),
            keras.callbacks.TerminateOnNaN(),
        ],
    )
    again = keras.saving.load_model(tmp_path / "best.keras")
    assert again.evaluate(PIXELS, verbose=0, return_dict=True)["negative_elbo"] > 0
    rows = list(csv.DictReader((tmp_path / "log.csv").read_text().splitlines()))
    assert len(rows) < 4  # stopped early
    assert float(rows[0]["val_negative_elbo"]) == pytest.approx(
        model.history.history["val_negative_elbo"][0]
    )
    events = list((tmp_path / "logs" / "train").glob("events*"))
    tags = [
        value.tag
        for event in tf.compat.v1.train.summary_iterator(str(events[0]))
        for value in event.summary.value
    ]
    assert "epoch_negative_elbo" in tags


class Old(keras.callbacks.Callback):
    """Follows batches by the hook's former name."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def on_batch_begin(self, batch, logs=None):
        self.batches.append(batch)


@pytest.mark.parametrize("follows", [False, True])
def test_batches_are_told_to_those_who_follow_them(follows):
    old, epochs, told = Old(), [], []
    of_epochs = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(logs))
    run = keras.callbacks.CallbackList.on_train_batch_begin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            keras.callbacks.CallbackList,
            "on_train_batch_begin",
            lambda self, batch, logs=None: (told.append(batch), run(self, batch, logs)),
        )
        callbacks = [of_epochs, old] if follows else [of_epochs]
        vae().fit(PIXELS[:24], batch_size=8, epochs=2, verbose=0, callbacks=callbacks)
    assert told == old.batches == [0, 1, 2] * 2 * follows
    assert len(epochs) == 2 and np.isfinite(list(epochs[0].values())).all()
