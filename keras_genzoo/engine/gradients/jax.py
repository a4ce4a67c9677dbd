"""Gradients, updates and compilation on JAX, where Keras variables live in stateless scopes."""

import jax
import keras
from keras import ops


def value_and_grad(fn, variables, state):
    # `fn` reads and assigns Keras variables. Run it in a scope of its own, so that it is a pure
    # function of `variables`, and hand what it assigned to the outer scope.
    chosen = {id(v) for v in variables}
    others = [v for v in state if id(v) not in chosen]
    other_values = [v.value for v in others]

    def pure(values):
        mapping = list(zip(variables, values, strict=True))
        mapping += list(zip(others, other_values, strict=True))
        with keras.StatelessScope(mapping) as scope:
            value, aux = fn()
            assigned = [scope.get_current_value(v) for v in others]
        return value, (aux, assigned)

    values = [v.value for v in variables]
    (value, (aux, assigned)), grads = jax.value_and_grad(pure, has_aux=True)(values)
    for variable, new in zip(others, assigned, strict=True):
        variable.assign(new)
    return (value, aux), grads


def input_gradient(fn, x):
    return jax.grad(lambda x: ops.sum(fn(x)))(x)


def apply(optimizer, grads, variables):
    # The stateless form, because loss scaling branches on the gradients: a traced branch must
    # return the new state instead of assigning it.
    new_values, new_state = optimizer.stateless_apply(
        [v.value for v in optimizer.variables], grads, [v.value for v in variables]
    )
    for variable, value in zip(variables, new_values, strict=True):
        variable.assign(value)
    for variable, value in zip(optimizer.variables, new_state, strict=True):
        variable.assign(value)


def normal(shape, seed):
    return keras.random.normal(shape, dtype="float32", seed=seed)


def uniform(shape, seed):
    return keras.random.uniform(shape, dtype="float32", seed=seed)


def replicas() -> int:
    return 1  # keras.distribution shards arrays; the program itself is one


def replica_index():
    return 0


def has_accelerator() -> bool:
    return jax.default_backend() != "cpu"


def compiled(fn, model):
    # Variables go in as arguments: closed over, they would be frozen at their first values.
    @jax.jit
    def pure(values, *args):
        with keras.StatelessScope(list(zip(model.variables, values, strict=True))):
            return fn(*args)

    return lambda *args: pure([v.value for v in model.variables], *args)


def pipeline(numbered):
    return numbered, numbered.open


class BackendTrainer:
    """Lifts `train_step(self, data)` and `test_step` to the trainer's `(state, data)` form."""

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
            with keras.StatelessScope(mapping) as scope:
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
