"""Progress is shown where the rest of some work will take long, and only there."""

import pytest

from keras_genzoo.engine import progress
from keras_genzoo.engine.progress import LongWork


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 0.0

    monkeypatch.setattr(progress.time, "perf_counter", lambda: Clock.now)
    return Clock


def work(clock, seconds, **arguments):
    job = LongWork(len(seconds), **arguments)
    for taken in seconds:
        clock.now += taken
        job.add(1)
    return job


def test_long_work_shows_a_bar(clock, capsys):
    assert work(clock, [1.0] * 10)._bar is not None
    assert "10/10" in capsys.readouterr().out


@pytest.mark.parametrize(
    "seconds, arguments",
    [
        ([100.0, *[0.1] * 10], {}),  # the first step compiles
        ([1.0] * 4, {}),
        ([9.0] * 4, {"verbose": 0}),
    ],
)
def test_other_work_is_silent(clock, capsys, seconds, arguments):
    work(clock, seconds, **arguments)
    assert capsys.readouterr().out == ""


def test_a_bar_on_demand(clock, capsys):
    work(clock, [0.0], verbose=1)
    assert "1/1" in capsys.readouterr().out
    with pytest.raises(ValueError, match='"auto", 0 or 1; got 2'):
        LongWork(3, verbose=2)
