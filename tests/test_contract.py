"""The contract of all models, on the active backend."""

import contract
import keras
import numpy as np
import pytest
from keras import ops
from zoo_cases import CASES, VARIANTS

ALL = CASES | VARIANTS
every_model = pytest.mark.parametrize("case", ALL.values(), ids=ALL)
each_family = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
BACKEND = keras.backend.backend()


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@every_model
def test_samples(case):
    contract.samples(case)


@every_model
def test_training(case):
    contract.training(case)


@every_model
def test_only_the_right_network_moves(case):
    contract.only_the_right_network_moves(case)


@every_model
def test_config_round_trip(case):
    contract.config_round_trip(case)


@each_family
def test_keras_file(case, tmp_path):
    contract.keras_file(case, tmp_path)


@each_family
def test_preset(case, tmp_path):
    contract.preset(case, tmp_path)


# Other backends export through a TensorFlow process of its own: seconds each.
exported = ALL if BACKEND == "tensorflow" else {"vae": CASES["vae"]}


@pytest.mark.parametrize("case", exported.values(), ids=exported)
def test_export(case, tmp_path):
    contract.export(case, tmp_path)


@each_family
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(case, policy):
    model = case.build(dtype=policy)
    assert {layer.compute_dtype for layer in model._flatten_layers()} >= {policy[6:]}
    model.compile()
    logs = model.fit(case.x, batch_size=20, epochs=2, verbose=0).history
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


@each_family
def test_float16_step_that_overflows_is_skipped_by_its_network_alone(case):
    model = case.build(dtype="mixed_float16")
    model.compile()
    names = list(model.networks())
    first = model.optimizer[names[0]]
    first.dynamic_scale.assign(np.float32(3e38))  # overflows any float16 gradient
    before = {k: contract.values(v) for k, v in model.networks().items()}
    model.train_on_batch(case.x[:20])
    for name in names:
        equal = all(map(np.array_equal, before[name], contract.values(model.networks()[name])))
        assert equal == (name == names[0])
    assert float(ops.convert_to_numpy(first.dynamic_scale)) < 3e38


@pytest.mark.skipif(BACKEND == "torch", reason="Keras has no steps_per_execution on PyTorch")
@each_family
def test_steps_per_execution(case):
    """Several steps in one call are the same steps, to rounding."""
    logs = []
    for steps in (1, 3):
        keras.utils.set_random_seed(0)
        model = case.build()
        model.compile(steps_per_execution=steps)
        model.fit(case.x, batch_size=10, epochs=2, verbose=0)
        logs.append(contract.values(model.trainable_variables))
    for a, b in zip(*logs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


@each_family
def test_jit_compile_overrides_and_agrees(case):
    weights = []
    for jit_compile in (False, True) if BACKEND != "torch" else (False,):
        keras.utils.set_random_seed(0)
        model = case.build()
        model.compile(jit_compile=jit_compile)
        assert model.jit_compile == jit_compile
        model.noise.state.assign([5, 0])
        model.evaluate(case.x, batch_size=20, verbose=0)
        weights.append(contract.values(model.trainable_variables))
    for a, b in zip(weights[0], weights[-1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
