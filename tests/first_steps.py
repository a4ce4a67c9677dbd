"""The first three training steps of every model, from fixed weights and fixed noise.

Run: KERAS_BACKEND=... python first_steps.py out.npz
"""

import sys

import numpy as np
from keras import ops
from zoo_cases import CASES

from keras_genzoo.engine import gradients


def fixed_noise(seed):
    """Replaces the backend's draws by NumPy's, equal on all of them."""
    stream = np.random.default_rng(seed)

    def concrete(shape):
        return tuple(int(n) for n in ops.convert_to_numpy(ops.convert_to_tensor(list(shape))))

    def normal(shape, seed):
        return ops.convert_to_tensor(stream.normal(size=concrete(shape)), "float32")

    def uniform(shape, seed):
        return ops.convert_to_tensor(stream.uniform(size=concrete(shape)), "float32")

    gradients.normal, gradients.uniform = normal, uniform


def first_steps(case) -> dict[str, np.ndarray]:
    """Logs of three steps, and all weights after them."""
    model = case.build()
    weights = np.random.default_rng(7)
    for v in model.trainable_variables:
        fan_in = int(np.prod(v.shape[:-1])) if len(v.shape) > 1 else 100
        v.assign(weights.normal(0, (2.0 / fan_in) ** 0.5, v.shape).astype("float32"))
    model.compile(run_eagerly=True)  # compiled, the noise would be a constant
    draws = gradients.normal, gradients.uniform
    fixed_noise(11)
    answer = {}
    for step in range(3):
        logs = model.train_on_batch(case.x[step * 20 : step * 20 + 20], return_dict=True)
        answer |= {f"step {step} {name}": np.float32(value) for name, value in logs.items()}
    gradients.normal, gradients.uniform = draws
    for i, v in enumerate(model.trainable_variables):
        answer[f"weight {i}"] = ops.convert_to_numpy(v.value)
    return answer


if __name__ == "__main__":
    np.savez(
        sys.argv[1],
        **{f"{name}/{k}": v for name, case in CASES.items() for k, v in first_steps(case).items()},
    )
