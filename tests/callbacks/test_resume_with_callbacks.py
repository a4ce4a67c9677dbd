"""A resumed run and its callbacks are those of a run that was never interrupted."""

import hashlib
import itertools
import multiprocessing
import os
import random

import pytest
import script_with_callbacks
from script_with_callbacks import EPOCHS, STEPS, answered, script

ORDERS = list(itertools.permutations(["early", "best", "plateau", "log", "resume"]))


def in_a_process(*args):
    """What `script` gave in a process of its own, or how that died."""
    os.environ["PYTHONPATH"] = os.path.dirname(script_with_callbacks.__file__)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["script_with_callbacks"])
    answer = context.SimpleQueue()
    child = context.Process(target=answered, args=(answer, *args))
    child.start()
    child.join(timeout=120)
    return child.exitcode if child.exitcode else answer.get()


def files(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


SOME = random.Random(0).sample(ORDERS, 3)
RUNS = [
    pytest.param(order, kill, marks=pytest.mark.long if kill or order != SOME[0] else (), id=name)
    for order, kill in itertools.product(SOME, (False, True))
    for name in [",".join(order) + (",killed" if kill else "")]
]


@pytest.mark.parametrize("order, kill", RUNS)
def test_cut_at_five_random_steps_a_run_is_the_same_run(tmp_path, order, kill):
    run, cut = (in_a_process, -9) if kill else (script, None)
    whole = run(str(tmp_path / "whole"), order)
    assert 3 < whole["stopped"] < EPOCHS - 1 and whole["best epoch"] < whole["stopped"]
    assert len(set(whole["history"]["learning_rate"])) > 2
    last = (whole["stopped"] + 1) * STEPS
    for step in sorted(random.Random("".join(order)).sample(range(1, last), 5)):
        assert run(str(tmp_path / "cut"), order, step, kill) == cut
    resumed = run(str(tmp_path / "cut"), order)
    assert resumed == whole
    # The finished script, run again, gives the same and changes no file.
    before = files(tmp_path / "cut")
    assert run(str(tmp_path / "cut"), order) == whole
    assert files(tmp_path / "cut") == before
