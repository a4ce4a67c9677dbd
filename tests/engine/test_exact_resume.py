"""`kill -9` at any step, the same script again: the run ends in the same bits.

The contract resumes every model in one process; here a process dies, for one of each mechanism.
"""

import itertools
import multiprocessing
import os
import random

import keras
import pytest
import resumed_run
from zoo_cases import CASES

JIT = {"tensorflow": [False, True], "jax": [True], "torch": [False]}[keras.backend.backend()]
CONTROLLED = "cgan, controlled"
CORE = {
    "tensorflow": {
        ("wgan_gp", "zoo", False),
        ("vae", "numpy", True),
        ("pixel_cnn", "zoo", False),
        (CONTROLLED, "numpy", False),
    },
    "jax": {(CONTROLLED, "zoo", True)},
    "torch": {("wgan_gp", "numpy", False)},
}[keras.backend.backend()]
RUNS = [
    pytest.param(*run, marks=[] if run in CORE else pytest.mark.long)
    for run in itertools.product([*CASES, CONTROLLED], ("zoo", "numpy"), JIT)
]


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


@pytest.mark.parametrize("name, source, jit_compile", RUNS)
def test_killed_three_times_ends_in_the_same_bits(process, tmp_path, name, source, jit_compile):
    whole = run(process, name, source, jit_compile, str(tmp_path / "whole"), 0)
    kills = sorted(random.Random(f"{name}{source}{jit_compile}").sample(range(1, 18), 3))
    for kill_at in kills:
        assert run(process, name, source, jit_compile, str(tmp_path / "killed"), kill_at) == -9
    resumed = run(process, name, source, jit_compile, str(tmp_path / "killed"), 0)
    assert resumed == whole  # the last epoch's logs included
