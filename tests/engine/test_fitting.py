"""fit(): order of the data, Keras's own callbacks, resuming seen from outside."""

import contextlib
import csv
import re
import signal

import keras
import numpy as np
import pytest
from contract import state
from zoo_cases import CASES, PIXELS, VECTORS

import keras_genzoo as zoo
from keras_genzoo.callbacks import ResumeTraining


class Recorder(keras.callbacks.Callback):
    """Which batches of which epochs were seen, and how often training began and ended."""

    def __init__(self):
        super().__init__()
        self.seen, self.begun, self.ended = [], 0, 0

    def on_train_begin(self, logs=None):
        self.begun += 1

    def on_train_end(self, logs=None):
        self.ended += 1

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((self.epoch, batch))


class StopAt(keras.callbacks.Callback):
    """Interrupts training after a batch, as Ctrl-C would."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.at = (epoch, batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise KeyboardInterrupt


def vae():
    keras.utils.set_random_seed(0)
    model = CASES["vae"].build()
    model.compile()
    return model


def batches_seen(model, data, **kwargs):
    """The examples of each step, as the model saw them."""
    model.compile(run_eagerly=True)
    batch, seen = model.batch, []

    def watched(data):
        x = batch(data)
        seen.append(np.array(keras.ops.convert_to_numpy(x)))
        return x

    object.__setattr__(model, "batch", watched)
    model.fit(data, verbose=0, **kwargs)
    return seen


@pytest.mark.parametrize("source", ["numpy", "zoo"])
def test_order_is_new_in_each_epoch_and_the_same_in_each_run(source):
    def run():
        model = vae()
        if source == "numpy":
            return batches_seen(model, PIXELS, batch_size=20, epochs=2)
        return batches_seen(model, zoo.data.Batches(PIXELS, batch_size=20), epochs=2)

    first, second = run(), run()
    np.testing.assert_array_equal(first, second)
    epochs = np.reshape(first, (2, 60, 64))
    assert not np.array_equal(*epochs)
    for epoch in epochs:  # each example once
        np.testing.assert_array_equal(
            np.unique(epoch, axis=0), np.unique(PIXELS.reshape(60, -1), axis=0)
        )


def test_other_seed_other_order():
    first = batches_seen(vae(), PIXELS, batch_size=20)
    keras.utils.set_random_seed(1)
    model = CASES["vae"].build()
    assert not np.array_equal(first, batches_seen(model, PIXELS, batch_size=20))


def test_without_shuffling_every_example_in_its_place():
    seen = batches_seen(vae(), PIXELS, batch_size=25, shuffle=False)
    assert [len(x) for x in seen] == [25, 25, 10]
    np.testing.assert_array_equal(np.concatenate(seen), PIXELS)


def test_shuffled_batches_are_full():
    assert [len(x) for x in batches_seen(vae(), PIXELS, batch_size=25)] == [25, 25]


def test_every_critic_update_sees_real_examples_of_its_own():
    model = zoo.WGANGP(num_features=3, width=4, critic_steps=5)
    model.compile(run_eagerly=True)
    critic_loss, seen = model.critic_loss, []

    def watched(x, seed, training=True):
        seen.append(keras.ops.convert_to_numpy(keras.ops.stop_gradient(x)))
        return critic_loss(x, seed, training)

    if keras.backend.backend() == "jax":
        pytest.skip("JAX traces the loss: its values cannot be recorded")
    object.__setattr__(model, "critic_loss", watched)
    model.fit(VECTORS[:33], batch_size=33, verbose=0)
    assert [len(x) for x in seen] == [7, 7, 7, 6, 6]
    rows = np.concatenate(seen)
    np.testing.assert_array_equal(np.unique(rows, axis=0), np.unique(VECTORS[:33], axis=0))


def test_steps_per_epoch_walks_on_through_the_data():
    seen = batches_seen(vae(), PIXELS, batch_size=20, epochs=3, steps_per_epoch=2, shuffle=False)
    np.testing.assert_array_equal(np.concatenate(seen), np.concatenate([PIXELS, PIXELS]))


def test_validation_split_holds_out_the_end():
    model = vae()
    seen = batches_seen(model, PIXELS, batch_size=16, validation_split=0.2, validation_freq=1)
    training = np.concatenate(seen[:3])
    held_out = {x.tobytes() for x in PIXELS[48:]}
    assert not held_out & {x.tobytes() for x in training}
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.fit(PIXELS, validation_split=1.5)
    with pytest.raises(ValueError, match="needs an array"):
        model.fit(zoo.data.Batches(PIXELS), validation_split=0.5)


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
    for a, b in zip(state(whole), state(model), strict=True):
        np.testing.assert_array_equal(a, b)
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
    for a, b in zip(whole, run(tmp_path / "cut"), strict=True):
        np.testing.assert_array_equal(a, b)


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


def test_labels_reach_every_batch_of_fit_and_evaluate():
    class Labelled(type(vae())):
        def _refuse(self, y, sample_weight, class_weight=None):
            pass

        def batch(self, data):
            sizes.append(len(data))
            return super().batch(data[:1])

    sizes, labels = [], np.arange(60)
    model = Labelled(**CASES["vae"].arguments)
    model.compile(run_eagerly=True)
    model.fit(PIXELS, labels, batch_size=30, verbose=0, validation_data=(PIXELS, labels))
    model.fit(PIXELS, labels, batch_size=24, verbose=0, validation_split=0.2)
    model.evaluate(PIXELS, labels, verbose=0)
    assert set(sizes) == {2}


class InOrder(keras.utils.PyDataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return (PIXELS[10 * i : 10 * i + 10],)


def streams():
    tf = pytest.importorskip("tensorflow")
    torch = pytest.importorskip("torch")
    tensors = torch.utils.data.TensorDataset(torch.tensor(PIXELS))
    return {
        "tf.data": (tf.data.Dataset.from_tensor_slices(PIXELS).batch(10), None),
        "tf.data that walks on": (tf.data.Dataset.from_tensor_slices(PIXELS).batch(5), 4),
        "PyDataset": (InOrder(), None),
        "loader": (torch.utils.data.DataLoader(tensors, batch_size=10), None),
    }


KINDS = ["tf.data", "tf.data that walks on", "PyDataset", "loader"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_stream_gives_the_batches_that_were_left(tmp_path, kind):
    def run(folder, *callbacks):
        data, steps = streams()[kind]
        seen = []
        model = vae()
        model.compile(run_eagerly=True)
        batch = model.batch

        def watched(data):
            x = batch(data)
            seen.append(np.array(keras.ops.convert_to_numpy(x)).tobytes())
            return x

        object.__setattr__(model, "batch", watched)
        callbacks = [ResumeTraining(folder), *callbacks]
        with contextlib.suppress(KeyboardInterrupt):
            model.fit(data, epochs=3, steps_per_epoch=steps, verbose=0, shuffle=False,
                      callbacks=callbacks)  # fmt: skip
        return seen

    if keras.backend.backend() == "jax":
        pytest.skip("JAX traces the step: its values cannot be recorded")
    whole = run(tmp_path / "whole")
    cut = run(tmp_path / "cut", StopAt(1, 1))
    assert 0 < len(cut) < len(whole) and cut + run(tmp_path / "cut") == whole


def test_what_keras_shuffles_begins_its_epoch_anew(tmp_path):
    resume = ResumeTraining(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        vae().fit(InOrder(), epochs=2, verbose=0, callbacks=[resume, StopAt(0, 2)])
    recorder = Recorder()
    vae().fit(InOrder(), epochs=2, verbose=0, callbacks=[ResumeTraining(tmp_path), recorder])
    assert recorder.seen == [(e, b) for e in (0, 1) for b in range(6)]


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras has none on PyTorch")
def test_steps_per_execution_that_do_not_divide_an_epoch(tmp_path):
    def run(folder, *callbacks):
        keras.utils.set_random_seed(0)
        model = CASES["vae"].build()
        model.compile(steps_per_execution=4)
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


def test_zoo_data_are_predicted_and_evaluated_whole_and_in_place():
    model = vae()
    data = zoo.data.Batches(PIXELS, batch_size=25)  # shuffled, and without the last ten
    np.testing.assert_array_equal(
        model.predict(data, verbose=0), model.predict(PIXELS, batch_size=25, verbose=0)
    )
    figures = [
        model.evaluate(x, batch_size=size, verbose=0, return_dict=True)
        for x, size in ((data, None), (PIXELS, 25))
    ]
    assert figures[0] == figures[1]


def test_the_batch_size_is_that_of_validation_too():
    model = vae()
    history = model.fit(PIXELS, batch_size=15, verbose=0, validation_data=PIXELS[:40]).history
    figures = model.evaluate(PIXELS[:40], batch_size=15, verbose=0, return_dict=True)
    assert figures == {key[4:]: value[-1] for key, value in history.items() if "val_" in key}


def test_ctrl_c_at_the_end_of_a_run_is_not_lost(tmp_path):
    class CtrlC(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        vae().fit(PIXELS, batch_size=30, verbose=0, callbacks=[ResumeTraining(tmp_path), CtrlC()])


def test_a_resumed_tf_data_run_skips_what_it_has_seen(tmp_path):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices(PIXELS).batch(10)
    resume = ResumeTraining(tmp_path, steps=1)
    with pytest.raises(KeyboardInterrupt):
        vae().fit(data, epochs=2, verbose=0, shuffle=False, callbacks=[resume, StopAt(0, 3)])
    recorder = Recorder()
    vae().fit(data, epochs=2, verbose=0, callbacks=[ResumeTraining(tmp_path, steps=1), recorder])
    assert recorder.seen[-6:] == [(1, b) for b in range(6)]
    assert [b for e, b in recorder.seen if e == 0] in ([3, 4, 5], [4, 5])


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
