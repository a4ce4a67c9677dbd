"""The first three training steps of every model, from fixed weights and fixed noise.

Run: KERAS_BACKEND=... python first_steps.py out.npz
"""

import sys

import numpy as np
from keras import layers, ops
from zoo_cases import CASES

from keras_genzoo import backends


def fixed_noise(seed):
    """Replaces the backend's draws by NumPy's, equal on all of them."""
    stream = np.random.default_rng(seed)

    def normal(shape, seed):
        return ops.convert_to_tensor(stream.normal(size=tuple(map(int, shape))), "float32")

    def uniform(shape, seed):
        return ops.convert_to_tensor(stream.uniform(size=tuple(map(int, shape))), "float32")

    def bits16(shape, seed):
        return ops.convert_to_tensor(stream.integers(0, 1 << 16, tuple(map(int, shape))), "int32")

    backends.normal, backends.uniform, backends.bits16 = normal, uniform, bits16


def set_weights(model):
    """Gives all variables fixed values, those that are not trained too; not the random states."""
    rng = np.random.default_rng(7)
    states = {id(v) for v in model.random_states()}
    trained = {id(v) for v in model.trainable_variables}
    for v in model.variables:
        if id(v) in trained:
            fan_in = int(np.prod(v.shape[:-1])) if len(v.shape) > 1 else 100
            v.assign(rng.normal(0, (2.0 / fan_in) ** 0.5, v.shape).astype("float32"))
        elif id(v) not in states and "float" in str(v.dtype):
            # Positive, as variances are; counters keep their beginning.
            v.assign(rng.uniform(0.5, 1.5, v.shape).astype("float32"))


def first_steps(case, steps=3, **compile_arguments) -> dict[str, np.ndarray]:
    """Logs of the first steps, and all variables after them.

    By default these run eagerly: compiled, the noise is a constant, good for one step alone.
    """
    model = case.build()
    set_weights(model)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Dropout):  # which draws by itself, each backend otherwise
            layer.rate = 0.0
    model.compile(**(compile_arguments or {"run_eagerly": True}))
    draws = backends.normal, backends.uniform, backends.bits16
    answer = {}
    try:
        fixed_noise(11)
        for step in range(steps):
            batch = case.data(step * 20, step * 20 + 20)
            logs = model.train_on_batch(*batch, return_dict=True)
            answer |= {f"step {step} {name}": np.float32(value) for name, value in logs.items()}
    finally:
        backends.normal, backends.uniform, backends.bits16 = draws
    states = {id(v) for v in model.random_states()}
    for i, v in enumerate(v for v in model.variables if id(v) not in states):
        answer[f"variable {i}"] = ops.convert_to_numpy(v.value)
    return answer


if __name__ == "__main__":
    np.savez(
        sys.argv[1],
        **{f"{name}/{k}": v for name, case in CASES.items() for k, v in first_steps(case).items()},
    )
