"""The parts of a run, and who carries it over them."""

import keras
import pytest
from contract import state
from watching import StopAt, assert_equal_states, vae
from zoo_cases import PIXELS

from keras_genzoo.callbacks import ResumeTraining, SampleGrid
from keras_genzoo.engine.run import Part, Progress, Resumes, parts

RUNS = {
    "new": (Progress(), [Part(0, 5)]),
    "from an initial epoch": (Progress(epoch=3), [Part(3, 5)]),
    "cut within an epoch": (Progress(epoch=2, batch=4), [Part(2, 3, 4), Part(3, 5)]),
    "cut within the last one": (Progress(epoch=4, batch=1), [Part(4, 5, 1), Part(5, 5)]),
    "that has its epochs": (Progress(epoch=5), [Part(5, 5)]),
    "that has more": (Progress(epoch=6, batch=2), [Part(6, 6)]),
    "that a callback stopped": (Progress(epoch=2, stopped=True), [Part(2, 2)]),
}


@pytest.mark.parametrize("progress, expected", RUNS.values(), ids=RUNS)
def test_parts_of_a_run_of_five_epochs(progress, expected):
    assert parts(progress, epochs=5) == expected


def test_callbacks_that_resume_are_known_by_what_they_can(tmp_path):
    assert isinstance(ResumeTraining(tmp_path), Resumes)
    others = [SampleGrid(tmp_path), keras.callbacks.ModelCheckpoint(tmp_path / "a.keras")]
    assert not any(isinstance(c, Resumes) for c in others)


def test_averages_replace_the_weights_at_the_end_of_the_run_and_not_of_a_part(tmp_path):
    def run(folder, *callbacks):
        model = vae(optimizer=keras.optimizers.Adam(0.01, use_ema=True))
        callbacks = [ResumeTraining(folder, steps=1), *callbacks]
        model.fit(PIXELS, batch_size=20, epochs=3, verbose=0, callbacks=callbacks)
        return state(model)

    whole = run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", StopAt(1, 0))
    assert_equal_states(whole, run(tmp_path / "cut"))
