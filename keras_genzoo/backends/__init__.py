"""What differs between backends when a model trains: gradients, updates, replicas, compilation.

Each backend has one module with the same names; this package exports those of the active one.

- `value_and_grad(fn, variables)`: `fn() -> (scalar, aux)` and its gradients by `variables`, None
  for some that it does not depend on.
- `input_gradient(fn, x)`: d sum(fn(x)) / dx, which can be differentiated again, by what x depends
  on too.
- `apply(optimizer, grads, variables)`: one optimizer update, dynamic loss scaling included.
- `when(pred, fn, otherwise)`: what one of two functions gives, which may read and assign; the
  other is not run. `pred` is a scalar tensor.
- `normal(shape, seed)`, `uniform(shape, seed)`: float32 noise of a `keras.random.SeedGenerator`.
- `bits16(shape, seed)`: integers in 0..65535, each as likely; half the work of `uniform`.
- `replicas()`, `replica_index()`: how many replicas train together, and which one this is.
- `use_own_seeds(model)`: layers that draw do so from generators whose state is saved.
- `has_accelerator()`: whether there is a GPU or TPU.
- `compiled(fn, model)`: `fn` as one compiled inference function of its arguments.
- `pipeline(numbered)`: the numbered batches of `fit` in the form that the backend reads fastest,
  and a function to call with each epoch's index before it begins.
- `BackendTrainer`: makes Keras's trainer accept `train_step(self, data)` as written once.
"""

import importlib
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    from keras_genzoo.backends.tensorflow import (
        BackendTrainer,
        apply,
        bits16,
        compiled,
        has_accelerator,
        input_gradient,
        normal,
        pipeline,
        replica_index,
        replicas,
        uniform,
        use_own_seeds,
        value_and_grad,
        when,
    )

__all__ = [
    "BackendTrainer",
    "apply",
    "bits16",
    "compiled",
    "has_accelerator",
    "input_gradient",
    "normal",
    "pipeline",
    "replica_index",
    "replicas",
    "uniform",
    "use_own_seeds",
    "value_and_grad",
    "when",
]

BACKENDS = ("tensorflow", "jax", "torch")
if keras.backend.backend() not in BACKENDS:
    raise ImportError(
        f"keras_genzoo trains on the tensorflow, jax and torch backends; Keras runs on "
        f"{keras.backend.backend()!r}. Set KERAS_BACKEND before importing keras."
    )
_active = importlib.import_module(f"{__name__}.{keras.backend.backend()}")
globals().update({name: getattr(_active, name) for name in __all__})
