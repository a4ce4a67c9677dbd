"""Training that turns non-finite stops, says where, and leaves a finite checkpoint."""

import keras
import numpy as np
import pytest
from contract import state
from zoo_cases import CASES, FAMILIES, PIXELS, over

from keras_genzoo.callbacks import ResumeTraining
from keras_genzoo.engine.checkpoint import Checkpoint
from keras_genzoo.engine.finite import non_finite


class Explode(keras.callbacks.Callback):
    """Sets a learning rate at which any training diverges."""

    def __init__(self, epoch=1):
        super().__init__()
        self.at = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.at:
            for network in self.model.networks():
                self.model.optimizer[network].learning_rate = 1e30


def build(name):
    keras.utils.set_random_seed(0)
    model = CASES[name].build()
    # No moments: Adam's steps are bounded.
    model.compile(keras.optimizers.SGD(1e-6))
    return model


@pytest.mark.parametrize("name", over({n: n for n in CASES}, core=FAMILIES))
def test_every_family_stops_within_an_epoch_and_keeps_a_finite_checkpoint(name, tmp_path):
    model = build(name)
    networks = "|".join(model.networks())
    with pytest.raises(
        FloatingPointError,
        match=rf"(?s)turned non-finite in epoch [23], .*(is nan|is -?inf|no finite weights in "
        rf"({networks})).*checkpoint before is .*epoch00000",
    ) as error:
        model.fit(
            *CASES[name].data(),
            batch_size=20,
            epochs=5,
            verbose=0,
            callbacks=[ResumeTraining(tmp_path), Explode()],
        )
    assert any(f"{network} (" in str(error.value) for network in model.networks())
    newest = max((tmp_path / "checkpoints").iterdir())
    fresh = build(name)
    fresh.load_weights(Checkpoint.read(newest).path)
    assert non_finite(model) and not non_finite(fresh)


def test_without_a_checkpoint_too_and_the_step_is_named_where_batches_are_followed(capsys):
    model = build("vae")
    with pytest.raises(FloatingPointError, match=r"epoch 2, within its 3 batches: .*loss is nan"):
        model.fit(PIXELS, batch_size=20, epochs=5, verbose=0, callbacks=[Explode()])
    model = build("vae")
    follows = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    with pytest.raises(FloatingPointError, match=r"epoch 2, at batch [23] of 3"):
        model.fit(PIXELS, batch_size=20, epochs=5, verbose=0, callbacks=[Explode(), follows])


def test_terminate_on_nan_ends_the_run_in_peace(tmp_path):
    model = build("vae")
    callbacks = [keras.callbacks.TerminateOnNaN(), Explode(), ResumeTraining(tmp_path)]
    with pytest.warns(UserWarning, match="No checkpoint was written: .*vae"):
        history = model.fit(PIXELS, batch_size=20, epochs=5, verbose=0, callbacks=callbacks)
    assert history.epoch == [0, 1]
    newest = max((tmp_path / "checkpoints").iterdir())
    assert newest.name.startswith("epoch000001") and Checkpoint.read(newest)


def test_model_checkpoint_leaves_the_last_finite_file_in_peace(tmp_path):
    model = build("vae")
    path = tmp_path / "model.keras"
    callbacks = [keras.callbacks.TerminateOnNaN(), Explode(), keras.callbacks.ModelCheckpoint(path)]
    with pytest.warns(UserWarning, match="model.keras was not written"):
        model.fit(PIXELS, batch_size=20, epochs=5, verbose=0, callbacks=callbacks)
    assert not non_finite(keras.saving.load_model(path))
    with pytest.raises(ValueError, match="Expected finite weights"):
        model.save(path)


def test_an_infinity_that_a_model_keeps_on_purpose_is_none(tmp_path):
    model = CASES["vae"].build()
    model.add_weight(shape=(), initializer=lambda *_, **__: -np.inf, trainable=False)
    model.compile(run_eagerly=True)
    model.fit(PIXELS, batch_size=30, verbose=0, callbacks=[ResumeTraining(tmp_path)])
    assert len(list((tmp_path / "checkpoints").iterdir())) == 3


def test_a_skipped_float16_step_is_no_divergence():
    model = CASES["vae"].build(dtype="mixed_float16")
    model.compile()
    model.optimizer["vae"].dynamic_scale.assign(np.float32(3e38))
    model.fit(PIXELS, batch_size=20, epochs=2, verbose=0)
    assert not non_finite(model) and all(np.isfinite(a).all() for a in state(model))
