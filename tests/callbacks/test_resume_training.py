"""ResumeTraining's files: whole, two kept, never another model's."""

import keras
import numpy as np
import pytest
from contract import state
from watching import StopAt
from zoo_cases import CASES, PIXELS, VECTORS

from keras_genzoo.callbacks import ResumeTraining
from keras_genzoo.engine.checkpoint import Checkpoint


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
        "epoch000004_end.weights.h5",
    ]


def test_a_broken_checkpoint_falls_back_on_the_one_before(tmp_path):
    fit(tmp_path, epochs=3)
    for newest in checkpoints(tmp_path)[-2:]:
        newest.write_bytes(newest.read_bytes()[:1000])
    with pytest.warns(UserWarning, match="Skipped the checkpoint .*epoch000003"):
        model = fit(tmp_path, epochs=3)
    assert int(keras.ops.convert_to_numpy(model.optimizer.iterations)) == 9
    fit(tmp_path, epochs=3)  # the damaged ones are gone


def test_of_200_damaged_checkpoints_none_is_opened(tmp_path):
    fit(tmp_path)
    path = checkpoints(tmp_path)[0]
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    Checkpoint.read(path)
    for i in range(200):
        at = int(rng.integers(len(whole)))
        changed = bytes([whole[at] ^ int(rng.integers(1, 256))])
        path.write_bytes(whole[:at] if i % 2 else whole[:at] + changed + whole[at + 1 :])
        with pytest.raises(ValueError, match="was altered|was cut"):
            Checkpoint.read(path)


def test_the_state_that_a_damaged_end_held_is_made_again(tmp_path):
    first = fit(tmp_path, epochs=2)
    end = checkpoints(tmp_path)[-1]
    end.write_bytes(end.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="Skipped the checkpoint .*_end"):
        second = fit(tmp_path, epochs=2)
    for a, b in zip(state(first), state(second), strict=True):
        np.testing.assert_array_equal(a, b)
    Checkpoint.read(end)


def test_checkpoints_none_of_which_can_be_read(tmp_path):
    fit(tmp_path, epochs=2)
    for path in checkpoints(tmp_path):
        path.write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="Skipped"),
        pytest.raises(ValueError, match="None of the 3 checkpoints.*remove the folder"),
    ):
        fit(tmp_path)


def test_the_end_of_a_shorter_run_is_not_where_a_longer_one_starts(tmp_path):
    fit(tmp_path)
    for path in checkpoints(tmp_path)[:-1]:
        path.unlink()
    fit(tmp_path)  # as long as before: nothing to train
    with pytest.raises(ValueError, match="None of the 1 checkpoints.*the end of a shorter run"):
        fit(tmp_path, epochs=2)


def test_the_run_of_another_model(tmp_path):
    fit(tmp_path)
    with pytest.raises(ValueError, match="training of another model.*another folder"):
        fit(tmp_path, activation="relu")
    with pytest.raises(ValueError, match="training of another model"):
        fit(tmp_path, case="nice")


def test_other_batches_in_mid_epoch(tmp_path):
    def run(batch_size, *more):
        model = CASES["vae"].build()
        model.compile()
        resume = ResumeTraining(tmp_path, steps=1)
        model.fit(PIXELS, batch_size=batch_size, verbose=0, callbacks=[resume, *more])

    with pytest.raises(KeyboardInterrupt):
        run(10, StopAt(0, 1))
    with pytest.raises(ValueError, match="batch_size: 10, but now 20"):
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
