"""Gradients, updates and compilation on PyTorch."""

from collections.abc import Callable
from typing import Any

import keras
import torch
from keras import ops, tree
from keras.random import SeedGenerator

from keras_genzoo.support.types import Tensor


def value_and_grad(fn: Callable[[], tuple], variables: list) -> tuple:
    with torch.enable_grad():
        value, aux = fn()
        grads = [None] * len(variables)
        if value.requires_grad:
            grads = torch.autograd.grad(value, [v.value for v in variables], allow_unused=True)

    def detach(t):
        return t.detach() if torch.is_tensor(t) else t

    return (value.detach(), tree.map_structure(detach, aux)), list(grads)


def input_gradient(fn: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    # `test_step` runs under no_grad; a penalty needs its gradient there too.
    with torch.enable_grad():
        if not x.requires_grad:  # where it does, it is on the way to what is trained
            x = x.detach().requires_grad_(True)
        return torch.autograd.grad(ops.sum(fn(x)), x, create_graph=True)[0]


@torch.no_grad()
def apply(optimizer: keras.optimizers.Optimizer, grads: list, variables: list) -> None:
    optimizer.apply(grads, variables)


def when(pred: Tensor, fn: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    return fn() if pred else otherwise()


def normal(shape: tuple, seed: SeedGenerator) -> Tensor:
    return keras.random.normal(shape, dtype="float32", seed=seed)


def uniform(shape: tuple, seed: SeedGenerator) -> Tensor:
    return keras.random.uniform(shape, dtype="float32", seed=seed)


def bits16(shape: tuple, seed: SeedGenerator) -> Tensor:
    return keras.random.randint(shape, 0, 1 << 16, seed=seed)


def replicas() -> int:
    return 1


def replica_index() -> int | Tensor:
    return 0


def use_own_seeds(model: keras.Model) -> None:
    """Makes layers such as Dropout draw from their own generators, whose state is saved.

    Keras takes PyTorch's global one for those that were given no seed.
    """
    for layer in model._flatten_layers():
        generator = getattr(layer, "seed_generator", None)
        if generator is not None and generator._initial_seed is None:
            # This only says that it has one: its state was drawn when it was made.
            generator._initial_seed = 0


def has_accelerator() -> bool:
    return torch.cuda.is_available()


def compiled(fn: Callable, model: keras.Model) -> Callable:
    del model
    return torch.no_grad()(fn)


def pipeline(numbered: Any) -> tuple:
    return numbered, numbered.open


class BackendTrainer:
    """PyTorch's trainer takes `train_step(self, data)` as it is."""
