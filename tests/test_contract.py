"""The contract of all models, on the active backend."""

import contract
import keras
import numpy as np
import pytest
from first_steps import first_steps
from keras import ops
from zoo_cases import ALL, CASES, CHEAPEST, LIGHT, MECHANISMS, over

BACKEND = keras.backend.backend()
on_tensorflow = BACKEND == "tensorflow"


# What every run of the tests takes; the long ones take all.
CORE = LIGHT if on_tensorflow else LIGHT.keys() & CASES.keys()


def each(cases, core=CORE):
    # Of the module's scope, as the trained model is, which depends on it.
    return pytest.mark.parametrize("case", over(cases, core=core), scope="module")


every_model = each(ALL)
each_family = each(CASES)
each_mechanism = each(CASES, core=MECHANISMS)


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="module")
def run(case, tmp_path_factory):
    return contract.train(case, tmp_path_factory.mktemp("run"))


@pytest.fixture
def trained(run, seeded):
    with contract.unchanged(run.model):
        yield run


@every_model
def test_samples(trained):
    contract.samples(trained)


@every_model
def test_training(trained):
    contract.training(trained)


@every_model
def test_only_the_right_network_moves(case):
    contract.only_the_right_network_moves(case)


@every_model
def test_config_round_trip(case):
    contract.config_round_trip(case)


@each_family
def test_resume(trained):
    contract.resume(trained)


@each_family
def test_keras_file(trained, tmp_path):
    contract.keras_file(trained, tmp_path)


@each_family
def test_preset(trained, tmp_path):
    contract.preset(trained, tmp_path)


# Other backends export through a TensorFlow process of its own: seconds each.
@each(ALL, core=ALL if on_tensorflow else CHEAPEST)
def test_export(trained, tmp_path):
    contract.export(trained, tmp_path)


# ---------------------------------------------------------------------- what the engine does


@each(
    {name: case for name, case in CASES.items() if name not in MECHANISMS},
    core=ALL if on_tensorflow else (),
)
def test_a_step_in_bfloat16(case):
    model = case.build(dtype="mixed_bfloat16")
    assert {layer.compute_dtype for layer in model._flatten_layers()} >= {"bfloat16"}
    model.compile(run_eagerly=contract.EAGERLY)
    logs = model.train_on_batch(*case.data(0, case.batch_size), return_dict=True)
    assert all(map(np.isfinite, logs.values()))
    assert all(v.dtype == "float32" for v in model.trainable_variables)


@each_mechanism
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(case, policy):
    model = case.build(dtype=policy)
    assert {layer.compute_dtype for layer in model._flatten_layers()} >= {policy[6:]}
    model.compile(jit_compile=contract.JIT_COMPILE)
    logs = model.fit(*case.data(), batch_size=20, epochs=2, verbose=0).history
    assert all(np.isfinite(v).all() for v in logs.values())
    assert all(v.dtype == "float32" for v in model.trainable_variables)
    scaled = [
        isinstance(model.optimizer[name], keras.optimizers.LossScaleOptimizer)
        for name in model.networks()
    ]
    assert all(scaled) if policy == "mixed_float16" else not any(scaled)
    again = type(model).from_config(model.get_config())
    assert again.dtype_policy.name == policy
    assert model.sample(2, seed=0).shape == (2, *case.x.shape[1:])


@each_mechanism
def test_float16_step_that_overflows_is_skipped_by_its_network_alone(case):
    model = case.build(dtype="mixed_float16")
    model.compile(jit_compile=contract.JIT_COMPILE)
    names = list(model.networks())
    first = model.optimizer[names[0]]
    first.dynamic_scale.assign(np.float32(3e38))  # overflows any float16 gradient
    before = {k: contract.values(v) for k, v in model.networks().items()}
    model.train_on_batch(*case.data(0, 20))
    for name in names:
        equal = all(map(np.array_equal, before[name], contract.values(model.networks()[name])))
        assert equal == (name == names[0])
    assert float(ops.convert_to_numpy(first.dynamic_scale)) < 3e38


@pytest.mark.skipif(BACKEND == "torch", reason="Keras has no steps_per_execution on PyTorch")
@each_mechanism
def test_steps_per_execution(case):
    """Several steps in one call are the same steps, to rounding."""
    logs = []
    for steps in (1, 3):
        keras.utils.set_random_seed(0)
        model = case.build()
        model.compile(steps_per_execution=steps, jit_compile=contract.JIT_COMPILE)
        model.fit(*case.data(), batch_size=10, epochs=2, verbose=0)
        logs.append(contract.values(model.trainable_variables))
    for a, b in zip(*logs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@each(ALL, core=MECHANISMS)
def test_jit_compile_overrides_and_agrees(case):
    """From equal weights and noise, a step compiled by XLA is the step that is not."""
    model = case.build()
    model.compile(jit_compile=False)
    assert not model.jit_compile
    if BACKEND == "torch":
        return
    model.compile(jit_compile=True)
    assert model.jit_compile
    # Not Adam, which makes large steps of gradients that are rounding errors.
    plain, xla = (
        first_steps(case, steps=1, optimizer="sgd", jit_compile=jit) for jit in (False, True)
    )
    for key, value in plain.items():
        np.testing.assert_allclose(value, xla[key], rtol=1e-4, atol=1e-4, err_msg=key)


@pytest.mark.skipif(not on_tensorflow, reason="the shared training is compiled so elsewhere")
@each({name: case for name, case in ALL.items() if case.small.dense}, core=())
def test_training_where_xla_is_chosen(case):
    model = case.build()
    model.compile()
    assert model.jit_compile
    held_out = case.data(0, case.batch_size)
    fit = model.fit(*case.data(), batch_size=20, epochs=2, verbose=0, validation_data=held_out)
    history = fit.history
    assert all(np.isfinite(series).all() for series in history.values())
