"""A sample is a function of its own inputs, which its number and the seed say."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from zoo_cases import CASES

from keras_genzoo.engine import DataSpec, GenerativeModel, Noise
from keras_genzoo.engine.sampling import BLOCK
from keras_genzoo.probability.priors import Normal, Uniform


class TwoInputs(GenerativeModel):
    """Samples that show what they are made of: the sums of their inputs."""

    def __init__(self, width=3, **kwargs):
        super().__init__(DataSpec((2,)), **kwargs)
        self.width = width

    def inputs(self):
        return {"z": Noise(Normal(), (self.width,)), "u": Noise(Uniform(), (4, 2))}

    def generate(self, z, u):
        return ops.stack([ops.sum(z, axis=1), ops.sum(u, axis=(1, 2))], axis=1)


N = 2 * BLOCK + 9


@pytest.mark.parametrize("batch_size", [1, 7, BLOCK, BLOCK + 1, 1000])
def test_samples_do_not_depend_on_the_batch_size(batch_size):
    model = TwoInputs()
    n = 20 if batch_size == 1 else N
    np.testing.assert_array_equal(
        model.sample(n, seed=3, batch_size=batch_size), model.sample(n, seed=3)
    )


def test_more_samples_begin_with_those_of_fewer():
    model = TwoInputs()
    whole = model.sample(N, seed=3)
    for n in (1, BLOCK, BLOCK + 1):
        np.testing.assert_array_equal(model.sample(n, seed=3), whole[:n])
    assert len(np.unique(whole)) == whole.size  # no block repeats another's draws
    assert not np.intersect1d(whole, model.sample(N, seed=4)).size


@pytest.mark.parametrize("first", [1, BLOCK - 1, BLOCK, BLOCK + 5])
def test_samples_are_had_by_their_numbers(first):
    model = TwoInputs()
    whole = model.sample(N, seed=3)
    for batch_size in (10, 256):
        got = model.sample(N - first, seed=3, first=first, batch_size=batch_size)
        np.testing.assert_array_equal(got, whole[first:])


def test_inputs_follow_their_priors_and_not_each_other():
    parts = list(TwoInputs().inputs_in_batches(4 * BLOCK, 0, 100))
    z, u = (np.concatenate([part[name] for part in parts]) for name in ("z", "u"))
    assert z.shape == (4 * BLOCK, 3) and u.shape == (4 * BLOCK, 4, 2)
    assert abs(z.mean()) < 0.15 and z.std() == pytest.approx(1, abs=0.1)
    assert u.min() >= 0 and u.max() < 1 and u.mean() == pytest.approx(0.5, abs=0.03)
    assert np.abs(np.corrcoef(z[:, 0], u[:, 0, 0])[0, 1]) < 0.2


def test_the_traceable_function_gives_what_sample_gives():
    if keras.backend.backend() == "jax":
        pytest.skip("a number of samples that is a tensor needs shapes that JAX does not have")
    model = TwoInputs()
    for n in (1, BLOCK, N):
        got = model.samples_in_graph(ops.convert_to_tensor(n), ops.convert_to_tensor(5))
        np.testing.assert_allclose(
            ops.convert_to_numpy(got), model.sample(n, seed=5), rtol=1e-6, atol=1e-6
        )


def test_sampling_does_not_disturb_training():
    model = CASES["vae"].build()
    before = ops.convert_to_numpy(model.noise.state)
    model.sample(3, seed=0)
    model.sample(3)
    np.testing.assert_array_equal(ops.convert_to_numpy(model.noise.state), before)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"n": 0}, "Expected n, a positive number of samples; got 0"),
        ({"n": 2.0}, "got 2.0"),
        ({"n": 2, "first": -1}, "Expected first, an integer of at least 0; got -1"),
        ({"n": 2, "batch_size": 0}, "Expected batch_size, a positive integer; got 0"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        TwoInputs().sample(**arguments)


MEMORY = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from test_sampling import TwoInputs
model = TwoInputs(width=25_000)  # 100 kB of noise a sample
model.sample(2_000, seed=0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert model.sample(50_000, seed=0).shape == (50_000, 2)
print("MB", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.long
def test_memory_does_not_grow_with_the_number_of_samples():
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(here)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{here.parents[1]}:{here.parent}"},
    )
    assert done.returncode == 0, done.stderr
    # All of the noise would be 5,000 MB.
    assert float(done.stdout.split()[-1]) < 1000
