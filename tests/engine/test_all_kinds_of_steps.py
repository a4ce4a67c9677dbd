"""One model with an average, branches, accumulation, state and a subset: nothing of it is lost."""

import contract
import keras
import numpy as np
import pytest
from steps_of_all_kinds import CASE

BACKEND = keras.backend.backend()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return contract.train(CASE, tmp_path_factory.mktemp("run"))


@pytest.fixture
def trained(run):
    with contract.unchanged(run.model):
        yield run


def test_resume_in_every_detail(trained):
    contract.resume(trained)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="XLA is optional on TensorFlow alone")
def test_resume_with_xla(tmp_path, monkeypatch):
    monkeypatch.setattr(contract, "JIT_COMPILE", True)
    trained = contract.train(CASE, tmp_path / "run")
    assert trained.model.jit_compile
    contract.resume(trained)


def test_what_a_resumed_run_must_bring_back(trained):
    """Or the tests above would show nothing."""
    model = trained.model
    assert int(model.steps) == int(model.average.steps) == 6
    assert float(model.mean_logit) != 0.0
    assert len(model.random_states()) == 4  # the model's noise, and a Dropout of three networks


def test_the_contract(trained, tmp_path):
    contract.samples(trained)
    contract.training(trained)
    contract.config_round_trip(CASE)
    for name in ("keras_file", "preset"):
        (tmp_path / name).mkdir()
        getattr(contract, name)(trained, tmp_path / name)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="other backends export by TensorFlow")
def test_export(trained, tmp_path):
    contract.export(trained, tmp_path)


def test_mixed_precision():
    model = CASE.build(dtype="mixed_float16")
    model.compile(jit_compile=contract.JIT_COMPILE)
    logs = model.fit(CASE.x, batch_size=20, verbose=0).history
    assert all(np.isfinite(v).all() for v in logs.values())
    assert all(v.dtype == "float32" for v in model.average.variables if "float" in v.dtype)
    average = model.average["generator"]
    assert {layer.compute_dtype for layer in average.layers} == {"float16"}
    assert np.isfinite(model.sample(3, seed=0)).all()


@pytest.mark.skipif(BACKEND == "torch", reason="Keras has no steps_per_execution on PyTorch")
def test_several_steps_in_one_call():
    ends = []
    for steps in (1, 3):
        keras.utils.set_random_seed(0)
        model = CASE.build()
        model.compile(steps_per_execution=steps, jit_compile=contract.JIT_COMPILE)
        model.fit(CASE.x, batch_size=20, epochs=2, verbose=0)
        ends.append(contract.values(model.variables))
    for a, b in zip(*ends, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
