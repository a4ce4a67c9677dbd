"""Gradients, updates and compilation on TensorFlow."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo.support.types import Tensor


def value_and_grad(fn: Callable[[], tuple], variables: list) -> tuple:
    values = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        value, aux = fn()
    # That of an embedding comes as its rows; whole, as on other backends, it can be summed, and
    # the moments of rows that were not looked up fade alike.
    grads = [
        tf.convert_to_tensor(grad) if isinstance(grad, tf.IndexedSlices) else grad
        for grad in tape.gradient(value, values)
    ]
    return (value, aux), grads


def input_gradient(fn: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = ops.sum(fn(x))
    return tape.gradient(y, x)


def apply(optimizer: keras.optimizers.Optimizer, grads: list, variables: list) -> None:
    optimizer.apply(grads, variables)


def when(pred: Tensor, fn: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    return tf.cond(pred, fn, otherwise)


def normal(shape: tuple, seed: SeedGenerator) -> Tensor:
    """N(0, 1), float32; other numbers with XLA than without.

    Philox by name: XLA's own choice is 25 times slower on a CPU.
    """
    return tf.random.stateless_normal(shape, _next(seed), alg="philox")


def uniform(shape: tuple, seed: SeedGenerator) -> Tensor:
    """U[0, 1), float32."""
    return tf.random.stateless_uniform(shape, _next(seed), alg="philox")


def bits16(shape: tuple, seed: SeedGenerator) -> Tensor:
    """Integers in 0..65535, int32: the lower halves of 32-bit words, then the upper ones.

    One after the other and not in turns: XLA makes no vector instructions of every other one.
    """
    size = tf.reduce_prod(shape)
    words = tf.random.stateless_uniform(
        [(size + 1) // 2], _next(seed), None, None, dtype="uint32", alg="philox"
    )
    halves = [tf.bitwise.bitwise_and(words, 0xFFFF), tf.bitwise.right_shift(words, 16)]
    return tf.reshape(tf.cast(tf.concat(halves, 0)[:size], "int32"), shape)


def _next(seed):
    # The stream's state is int64, for variables on a GPU; XLA wants seeds of int32: their low bits.
    return tf.cast(seed.next(), "int32")


def replicas() -> int:
    return tf.distribute.get_strategy().num_replicas_in_sync


def replica_index() -> int | Tensor:
    """Which replica this is, as an int or an int32 tensor; 0 outside a replica context."""
    if replicas() == 1:
        return 0
    context = tf.distribute.get_replica_context()
    return 0 if context is None else context.replica_id_in_sync_group


def use_own_seeds(model: keras.Model) -> None:
    del model  # its layers draw from generators of their own


def has_accelerator() -> bool:
    return any(d.device_type != "CPU" for d in tf.config.list_physical_devices())


def compiled(fn: Callable, model: keras.Model) -> Callable:
    del model  # a tf.function reads the variables anew at each call
    functions = {}

    def run(*args):
        # One trace for all batch sizes, the one that is exported too. Not XLA: it draws other
        # random numbers.
        signature = tuple(
            tf.TensorSpec([None, *a.shape[1:]][: a.shape.rank], a.dtype) for a in args
        )
        if signature not in functions:
            # A partial, since TensorFlow warns of many traces of one function's code, though they
            # be of many models.
            own = functools.partial(fn)
            functions[signature] = tf.function(own, input_signature=signature, autograph=False)
        return functions[signature](*args)

    return run


# Larger arrays stay where they are: a pipeline of TensorFlow's needs a copy.
PIPELINE_BYTES = 1 << 30


def pipeline(numbered: Any) -> tuple:
    """A `tf.data.Dataset` that gathers each batch in C++, of static shapes where all are full.

    Not from a generator: one call of Python in a thread of tf.data's slows all later steps of a
    process, by 3 to 16 percent on two cores.
    """
    batches = numbered.batches
    arrays = (batches.x,) if batches.y is None else (batches.x, batches.y)
    full = batches.has_full_batches
    if (
        replicas() > 1
        or batches.augment is not None
        or not (full or numbered.ends_with_data)
        or any(isinstance(a.base, np.memmap) for a in arrays)
        or sum(a.nbytes for a in arrays) > PIPELINE_BYTES
    ):
        return numbered, numbered.open
    size = min(batches.batch_size, batches.num_examples)
    with tf.device("CPU:0"):
        tensors = tuple(tf.constant(a) for a in arrays)
        order = tf.Variable(numbered.indices(), trainable=False)

    def open_epoch(epoch):
        numbered.open(epoch)
        order.assign(numbered.indices())

    def batch(i):
        index = order[i * size : (i + 1) * size]
        if full:
            index.set_shape((size,))
        return tuple(tf.gather(tensor, index) for tensor in tensors)

    dataset = tf.data.Dataset.range(len(numbered)).map(
        tf.autograph.experimental.do_not_convert(batch)
    )
    return dataset.prefetch(1), open_epoch


class BackendTrainer:
    """TensorFlow's trainer takes `train_step(self, data)` as it is; batches are handed to it.

    Keras takes a batch from its iterator and makes an optional of the logs in a compiled function
    around that of the step, which costs a CPU half a millisecond each time. What is no iterator of
    tf.data, as a list of one batch, it gives to the step's own function.
    """

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            super().make_train_function(force)
            self.train_function = self._handed_batches(self.train_function)

    def make_test_function(self, force=False):
        if self.test_function is None or force:
            super().make_test_function(force)
            self.test_function = self._handed_batches(self.test_function)

    def _handed_batches(self, function):
        if self.steps_per_execution > 1:
            return function
        return lambda data: function([next(data)] if _are_alike(data) else data)


def _are_alike(batches) -> bool:
    """Whether this is an iterator of tf.data, on one device, whose batches have one known shape.

    The step would be traced anew for a shorter one, and it would depend on the order of batches,
    so on where a run was resumed, which trace they meet.
    """
    if not isinstance(batches, tf.data.Iterator):
        return False
    specs = tf.nest.flatten(batches.element_spec)
    return all(isinstance(s, tf.TensorSpec) and s.shape.is_fully_defined() for s in specs)
