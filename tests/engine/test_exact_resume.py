"""`kill -9` at any step, the same script again: the run ends in the same bits."""

import multiprocessing
import os
import random

import keras
import pytest
import resumed_run
from zoo_cases import CASES

JIT = {"tensorflow": [False, True], "jax": [True], "torch": [False]}[keras.backend.backend()]


@pytest.fixture(scope="module")
def process():
    """Starts processes from one that has only imported the package: each is a fresh run."""
    paths = [os.path.dirname(resumed_run.__file__), os.environ.get("PYTHONPATH", "")]
    # The server takes its path from the environment, where it finds what to preload.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["resumed_run"])
    return context


def run(process, *args):
    """The answer of `resumed_run.train(*args)` in a process of its own, or how that died."""
    answer = process.SimpleQueue()
    child = process.Process(target=resumed_run.train, args=(*args, answer))
    child.start()
    child.join(timeout=120)
    return child.exitcode if child.exitcode else answer.get()


@pytest.mark.parametrize("jit_compile", JIT)
@pytest.mark.parametrize("source", ["zoo", "numpy"])
@pytest.mark.parametrize("name", CASES)
def test_killed_three_times_ends_in_the_same_bits(process, tmp_path, name, source, jit_compile):
    whole = run(process, name, source, jit_compile, str(tmp_path / "whole"), 0)
    kills = sorted(random.Random(f"{name}{source}{jit_compile}").sample(range(1, 18), 3))
    for kill_at in kills:
        assert run(process, name, source, jit_compile, str(tmp_path / "killed"), kill_at) == -9
    resumed = run(process, name, source, jit_compile, str(tmp_path / "killed"), 0)
    assert resumed == whole  # the last epoch's logs included
