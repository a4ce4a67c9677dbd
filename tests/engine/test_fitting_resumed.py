"""fit(): a run that was broken off and taken up again, seen from outside."""

import re
import signal

import keras
import numpy as np
import pytest
from contract import state
from watching import Recorder, StopAt, assert_equal_states, vae
from zoo_cases import CASES, PIXELS

import keras_genzoo as zoo
from keras_genzoo.callbacks import ResumeTraining


def interrupted(folder, at, **kwargs):
    """A run stopped at (epoch, batch) and taken up again: the model, the recorder."""
    callback = {"steps": 1}
    with pytest.raises(KeyboardInterrupt):
        vae().fit(
            PIXELS,
            batch_size=10,
            epochs=3,
            verbose=0,
            callbacks=[ResumeTraining(folder, **callback), StopAt(*at)],
            **kwargs,
        )
    model, recorder = vae(), Recorder()
    history = model.fit(
        PIXELS,
        batch_size=10,
        epochs=3,
        verbose=0,
        callbacks=[ResumeTraining(folder, **callback), recorder],
        **kwargs,
    )
    return model, recorder, history.history


def test_a_resumed_run_is_one_run_to_its_callbacks(tmp_path):
    whole = vae()
    history = whole.fit(PIXELS, batch_size=10, epochs=3, verbose=0).history
    model, recorder, resumed = interrupted(tmp_path, at=(1, 2))
    assert recorder.begun == recorder.ended == 1
    # Batch 2 was whole when the run was interrupted: it is not trained again.
    assert recorder.seen == [(1, b) for b in range(3, 6)] + [(2, b) for b in range(6)]
    assert_equal_states(state(whole), state(model))
    assert resumed == history  # running means, and the epochs before


def test_dropout_without_a_seed_of_its_own_goes_on_too(tmp_path):
    def run(folder, *callbacks):
        keras.utils.set_random_seed(0)
        encoder = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Flatten(),
                keras.layers.Dropout(0.5),
                keras.layers.Dense(8),
            ]
        )
        model = zoo.VAE(**CASES["vae"].arguments, encoder=encoder)
        model.compile()
        callbacks = [ResumeTraining(folder), *callbacks]
        model.fit(PIXELS, batch_size=20, epochs=2, verbose=0, callbacks=callbacks)
        return state(model)

    whole = run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", StopAt(0, 1))
    assert_equal_states(whole, run(tmp_path / "cut"))


def test_a_resumed_run_validates_each_epoch(tmp_path):
    _, _, history = interrupted(tmp_path, at=(1, 2), validation_data=PIXELS[:20])
    assert len(history["val_kl"]) == 3


def test_stopping_in_the_rest_of_an_epoch_ends_the_run(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        vae().fit(
            PIXELS, epochs=5, batch_size=10, verbose=0,
            callbacks=[ResumeTraining(tmp_path, steps=1), StopAt(1, 3)],
        )  # fmt: skip
    recorder = Recorder()
    model = vae()
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", True)
    )
    model.fit(
        PIXELS, epochs=5, batch_size=10, verbose=0,
        callbacks=[ResumeTraining(tmp_path, steps=1), stop, recorder],
    )  # fmt: skip
    assert {epoch for epoch, _ in recorder.seen} == {1}
    assert recorder.begun == recorder.ended == 1


def test_a_finished_run_is_not_repeated_and_more_epochs_go_on(tmp_path, capsys):
    for epochs, said in ((2, ""), (2, "has its 2 epochs"), (3, "at epoch 3 of 3")):
        recorder = Recorder()
        history = vae().fit(
            PIXELS, epochs=epochs, batch_size=10, verbose=2,
            callbacks=[ResumeTraining(tmp_path), recorder],
        )  # fmt: skip
        # What it has seen is its state, which goes on.
        assert len(recorder.seen) == 6 * epochs and said in capsys.readouterr().out
        assert history.epoch == list(range(epochs)) and len(history.history["kl"]) == epochs


def test_a_run_that_a_callback_stopped_trains_on_only_on_purpose(tmp_path, capsys):
    def run(**kwargs):
        recorder = Recorder()
        stop = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: setattr(recorder.model, "stop_training", epoch == 1)
        )
        resume = ResumeTraining(tmp_path, **kwargs)
        vae().fit(PIXELS, epochs=3, batch_size=10, verbose=2, callbacks=[stop, recorder, resume])
        return len(recorder.seen), capsys.readouterr().out

    assert run()[0] == 12
    seen, said = run()
    assert seen == 12 and "ended this run after epoch 2" in said and "continue_stopped" in said
    seen, said = run(continue_stopped=True)
    assert seen == 18 and "at epoch 3 of 3" in said
    assert "has its 3 epochs" in run()[1]


def test_a_run_without_a_word(tmp_path, capsys):
    for _ in range(2):
        vae().fit(PIXELS, batch_size=30, verbose=0, callbacks=[ResumeTraining(tmp_path)])
    assert capsys.readouterr().out == ""


def test_ctrl_c_waits_for_the_step_and_a_checkpoint(tmp_path, capsys):
    class CtrlC(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 2:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        vae().fit(PIXELS, batch_size=10, verbose=0, callbacks=[ResumeTraining(tmp_path), CtrlC()])
    assert "Stopping after this step" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    newest = max(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert newest == "epoch000000_batch00000003.weights.h5"


def test_ctrl_c_at_the_end_of_a_run_is_not_lost(tmp_path):
    class CtrlC(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        vae().fit(PIXELS, batch_size=30, verbose=0, callbacks=[ResumeTraining(tmp_path), CtrlC()])


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras has none on PyTorch")
def test_steps_per_execution_that_do_not_divide_an_epoch(tmp_path):
    def run(folder, *callbacks):
        model = vae(steps_per_execution=4)
        resume = ResumeTraining(folder, steps=1)
        model.fit(PIXELS, batch_size=10, epochs=2, verbose=0, callbacks=[resume, *callbacks])
        return state(model)

    whole = run(tmp_path / "whole")
    names = [path.name for path in (tmp_path / "whole" / "checkpoints").iterdir()]
    assert all(int(done) < 6 for done in re.findall(r"_batch(\d+)", " ".join(names)))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", StopAt(1, 3))
    for a, b in zip(whole, run(tmp_path / "cut"), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
