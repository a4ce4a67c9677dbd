"""Gradients, updates and compilation on JAX, where Keras variables live in stateless scopes."""

import contextlib
import warnings
from collections.abc import Callable
from typing import Any

import jax
import keras
from jax.extend.core import get_opaque_trace_state, jaxpr_as_fun
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo.support.types import Tensor


class Scope(keras.StatelessScope):
    """Holds what is assigned inside; all else is read from the scope around it.

    Args:
        mapping: Pairs of variables and the values that they begin with.
        trained: Whether something is differentiated by these values. One of the variables that is
            assigned, to initialize it from the data say, then has the gradient by its new value,
            as on TensorFlow and PyTorch.
    """

    def __init__(self, mapping=(), *, trained=False):
        super().__init__(mapping)
        self._leaves = dict(self.state_mapping) if trained else {}
        self._assigned = {}  # id -> variable, last value

    def __enter__(self):
        self._trace = get_opaque_trace_state()
        return super().__enter__()

    def add_update(self, update):
        variable, value = update
        if get_opaque_trace_state() != self._trace:
            raise ValueError(
                f"Expected no assignment inside a loop or a branch, where JAX would leave its "
                f"value behind; got one to {variable.path}. For random numbers, take "
                "seed = seed.fold(0) before it and draw from seed.fold(i) inside, i the turn; "
                "assign other state after it, or write the branch as model.when(...)."
            )
        value = jax.lax.stop_gradient(value)
        self._assigned[id(variable)] = variable, value
        leaf = self._leaf(variable)
        if leaf is not None:
            value = value + (leaf - jax.lax.stop_gradient(leaf))
        super().add_update((variable, value))

    def get_current_value(self, variable):
        value = super().get_current_value(variable)
        if value is None and self.original_scope is not None:
            return self.original_scope.get_current_value(variable)
        return value

    def _leaf(self, variable):
        if id(variable) in self._leaves:
            return self._leaves[id(variable)]
        outer = self.original_scope
        return outer._leaf(variable) if isinstance(outer, Scope) else None

    @property
    def assigned(self) -> list[keras.Variable]:
        """The variables that were assigned inside, in the order of `new_values`."""
        return [variable for variable, _ in self._assigned.values()]

    def new_values(self) -> list:
        return [value for _, value in self._assigned.values()]

    def hand_out(self, values):
        """Assigns `values`, those of `new_values`, in the scope around this one."""
        for (variable, _), value in zip(self._assigned.values(), values, strict=True):
            variable.assign(value)


# `fn` below reads and assigns Keras variables. In a scope of its own it is a pure function, and
# the values that it assigned come out beside its own.


def value_and_grad(fn: Callable[[], tuple], variables: list) -> tuple:
    scopes = []

    def pure(values):
        with Scope(zip(variables, values, strict=True), trained=True) as scope:
            value, aux = fn()
        scopes.append(scope)
        return value, (aux, scope.new_values())

    values = [v.value for v in variables]
    (value, (aux, assigned)), grads = jax.value_and_grad(pure, has_aux=True)(values)
    scopes[0].hand_out(assigned)
    return (value, aux), grads


def input_gradient(fn: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    scopes = []

    def pure(x):
        with Scope() as scope:
            value = ops.sum(fn(x))
        scopes.append(scope)
        return value, scope.new_values()

    gradient, assigned = jax.grad(pure, has_aux=True)(x)
    scopes[0].hand_out(assigned)
    return gradient


def apply(optimizer: keras.optimizers.Optimizer, grads: list, variables: list) -> None:
    # The stateless form, because loss scaling branches on the gradients: a traced branch must
    # return the new state instead of assigning it. It takes all variables of the optimizer, and
    # None as the gradient of those that stay.
    trained = optimizer._trainable_variables
    by_id = {id(v): grad for v, grad in zip(variables, grads, strict=True)}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Gradients do not exist for variables")
        new_values, new_state = optimizer.stateless_apply(
            [v.value for v in optimizer.variables],
            [by_id.get(id(v)) for v in trained],
            [v.value for v in trained],
        )
    for variable, value in zip(trained, new_values, strict=True):
        variable.assign(value)
    for variable, value in zip(optimizer.variables, new_state, strict=True):
        variable.assign(value)


def when(pred: Tensor, fn: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    if not isinstance(pred, jax.core.Tracer):  # nothing is compiled here
        return fn() if pred else otherwise()
    branches = [_traced(branch) for branch in (fn, otherwise)]
    # Of all the state, what either of them assigns is all that goes through.
    assigned = {id(v): v for _, variables in branches for v in variables}

    def run(branch, variables):
        def values():
            result, new = branch()
            news = dict(zip(map(id, variables), new, strict=True))
            return result, [news.get(id(v), v.value) for v in assigned.values()]

        return values

    result, values = jax.lax.cond(pred, *(run(*branch) for branch in branches))
    for variable, value in zip(assigned.values(), values, strict=True):
        variable.assign(value)
    return result


def _traced(fn):
    """`fn` as a pure function, of its result and of the values that it assigns, and the variables
    that these belong to. It is called here, and not again.
    """
    scopes = []

    def pure():
        with Scope() as scope:
            result = fn()
        scopes.append(scope)
        return result, scope.new_values()

    jaxpr, shapes = jax.make_jaxpr(pure, return_shape=True)()
    structure = jax.tree.structure(shapes)
    return lambda: jax.tree.unflatten(structure, jaxpr_as_fun(jaxpr)()), scopes[0].assigned


def normal(shape: tuple, seed: SeedGenerator) -> Tensor:
    return keras.random.normal(shape, dtype="float32", seed=seed)


def uniform(shape: tuple, seed: SeedGenerator) -> Tensor:
    return keras.random.uniform(shape, dtype="float32", seed=seed)


def bits16(shape: tuple, seed: SeedGenerator) -> Tensor:
    return jax.random.bits(seed.next(), shape, "uint16")


def replicas() -> int:
    return 1  # keras.distribution shards arrays; the program itself is one


def replica_index() -> int | Tensor:
    return 0


def use_own_seeds(model: keras.Model) -> None:
    del model  # its layers draw from generators of their own


def has_accelerator() -> bool:
    return jax.default_backend() != "cpu"


def compiled(fn: Callable, model: keras.Model) -> Callable:
    # Variables go in as arguments: closed over, they would be frozen at their first values.
    @jax.jit
    def pure(values, *args):
        with Scope(zip(model.variables, values, strict=True)):
            return fn(*args)

    return lambda *args: pure([v.value for v in model.variables], *args)


def pipeline(numbered: Any) -> tuple:
    return numbered, numbered.open


@contextlib.contextmanager
def values_kept(model):
    """Gives a model its values back where training, evaluation or prediction is broken off.

    Keras takes them out of the variables while it runs, and mostly leaves them out on an error.
    """
    variables = model.variables + model.metrics_variables
    variables += model.optimizer.variables if model.compiled else []
    before = [v.value for v in variables]
    try:
        yield
    except BaseException:
        model.jax_state_sync()  # those after the last step, where there was one
        for variable, value in zip(variables, before, strict=True):
            if variable._value is None and not value.is_deleted():
                variable.assign(value)
        model._jax_state = None
        raise


class BackendTrainer:
    """Lifts `train_step(self, data)` and `test_step` to the trainer's `(state, data)` form."""

    def fit(self, *args, **kwargs):
        with values_kept(self):
            return super().fit(*args, **kwargs)

    def evaluate(self, *args, **kwargs):
        with values_kept(self):
            return super().evaluate(*args, **kwargs)

    def predict(self, *args, **kwargs):
        with values_kept(self):
            return super().predict(*args, **kwargs)

    def train_on_batch(self, *args, **kwargs):
        with values_kept(self):
            return super().train_on_batch(*args, **kwargs)

    def test_on_batch(self, *args, **kwargs):
        with values_kept(self):
            return super().test_on_batch(*args, **kwargs)

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            groups = (
                self.trainable_variables,
                self.non_trainable_variables,
                self.optimizer.variables,
                self.metrics_variables,
            )
            self._make_lifted("train_step", groups, super().make_train_function, force)

    def make_test_function(self, force=False):
        if self.test_function is None or force:
            groups = (
                self.trainable_variables,
                self.non_trainable_variables,
                self.metrics_variables,
            )
            self._make_lifted("test_step", groups, super().make_test_function, force)

    def _make_lifted(self, name, groups, make, force):
        step = getattr(self, name)

        def lifted(state, data):
            mapping = [
                pair
                for variables, values in zip(groups, state, strict=True)
                for pair in zip(variables, values, strict=True)
            ]
            with Scope(mapping) as scope:
                logs = step(data)
                new = tuple([scope.get_current_value(v) for v in group] for group in groups)
            return logs, new

        # Keras reads `self.train_step` once, to build its function; past Keras's own attribute
        # tracking, the instance shows it the lifted form for just that moment.
        object.__setattr__(self, name, lifted)
        try:
            make(force)
        finally:
            object.__delattr__(self, name)
