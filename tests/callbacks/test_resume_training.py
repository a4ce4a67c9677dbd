"""ResumeTraining's files: whole, two kept, never another model's."""

import keras
import pytest
from zoo_cases import CASES, PIXELS, VECTORS

from keras_genzoo.callbacks import ResumeTraining


def fit(folder, case="vae", epochs=1, **kwargs):
    model = CASES[case].build(**kwargs)
    model.compile()
    data = VECTORS if "vectors" in case else PIXELS
    model.fit(data, batch_size=20, epochs=epochs, verbose=0, callbacks=[ResumeTraining(folder)])
    return model


def checkpoints(folder):
    return sorted((folder / "checkpoints").iterdir())


def test_two_checkpoints_are_kept_and_no_parts(tmp_path):
    fit(tmp_path, epochs=4)
    names = [path.name for path in checkpoints(tmp_path)]
    assert names == [
        "epoch000003_batch00000000.weights.h5",
        "epoch000004_batch00000000.weights.h5",
    ]


def test_a_broken_checkpoint_falls_back_on_the_one_before(tmp_path):
    fit(tmp_path, epochs=3)
    newest = checkpoints(tmp_path)[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    with pytest.warns(UserWarning, match="Skipped the checkpoint .*epoch000003"):
        model = fit(tmp_path, epochs=3)
    assert int(keras.ops.convert_to_numpy(model.optimizer.iterations)) == 9


def test_checkpoints_none_of_which_can_be_read(tmp_path):
    fit(tmp_path, epochs=2)
    for path in checkpoints(tmp_path):
        path.write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="Skipped"),
        pytest.raises(ValueError, match="None of the 2 checkpoints.*Remove the folder"),
    ):
        fit(tmp_path)


def test_the_run_of_another_model(tmp_path):
    fit(tmp_path)
    with pytest.raises(ValueError, match="training of another model.*another folder"):
        fit(tmp_path, activation="relu")
    with pytest.raises(ValueError, match="training of another model"):
        fit(tmp_path, case="nice")


def test_other_batches_in_mid_epoch(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                raise KeyboardInterrupt

    def run(batch_size, *more):
        model = CASES["vae"].build()
        model.compile()
        resume = ResumeTraining(tmp_path, steps=1)
        model.fit(PIXELS, batch_size=batch_size, verbose=0, callbacks=[resume, *more])

    with pytest.raises(KeyboardInterrupt):
        run(10, Stop())
    with pytest.raises(ValueError, match="of 6 of an epoch, but the data now give 3"):
        run(20)
    run(10)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        fit(tmp_path / "file")


def test_two_of_them(tmp_path):
    model = CASES["vae"].build()
    model.compile()
    with pytest.raises(ValueError, match="one callback that resumes"):
        model.fit(PIXELS, callbacks=[ResumeTraining(tmp_path), ResumeTraining(tmp_path)])
