"""A model as a SavedModel: the functions that it offers, and the weights that they read."""

import contextlib
import itertools
import logging
from pathlib import Path

from keras_genzoo.saving.saveable import Saveable
from keras_genzoo.saving.signature import Signature


def write_saved_model(model: Saveable, folder: Path) -> list[str]:
    """Writes a SavedModel into `folder`; returns a line about each signature."""
    import tensorflow as tf

    signatures = model.signatures()
    traced = {name: _trace(signature) for name, signature in signatures.items()}
    lines = []
    for name, signature in signatures.items():
        outputs = traced[name].structured_outputs.items()
        results = {key: (tuple(spec.shape), spec.dtype.name) for key, spec in outputs}
        lines.append(signature.described(name, results))
    # What a server calls when it is told no signature.
    traced["serving_default"] = traced.get("sample") or next(iter(traced.values()))

    archive = tf.Module()
    # Only what the functions read: a network that nothing here calls stays out.
    archive.weights = list({v.ref(): v for f in traced.values() for v in f.variables}.values())
    with _quiet():
        # Gradients of the graph would be traced too, and nothing serves them.
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(archive, str(folder), signatures=traced, options=options)
    return lines


def _trace(signature: Signature):
    """The graph of a signature, with inputs by name and a dictionary as its output."""
    import tensorflow as tf

    inputs = signature.inputs

    @tf.function(autograph=False)
    def graph(**tensors):
        checked = {key: _checked(key, tensors[key], signature) for key in inputs}
        with tf.control_dependencies(_checks_of_numbers(checked)):
            return signature.call(*map(tf.identity, checked.values()))

    # A scalar's shape is left open, for it may come as (1,).
    return graph.get_concrete_function(
        **{
            key: tf.TensorSpec(None if shape == () else shape, dtype, key)
            for key, (shape, dtype) in inputs.items()
        }
    )


def _checks_of_numbers(tensors: dict) -> list:
    """Checks that all inputs of a batch, labels and what they belong to, are as many."""
    import tensorflow as tf

    sizes = [(key, tf.shape(tensor)[0]) for key, tensor in tensors.items() if tensor.shape.rank]
    return [
        tf.debugging.Assert(tf.equal(m, n), [f"Expected as many {key} as {first},", n, "; got", m])
        for (first, n), (key, m) in itertools.pairwise(sizes)
    ]


def _checked(name: str, tensor, signature: Signature):
    """`tensor` with a check of its shape and values in the graph: nothing else looks, when it is
    called.
    """
    import tensorflow as tf

    shape = signature.inputs[name][0]
    if shape == ():
        message = f"Expected {name}, one number; got shape"
        check = tf.debugging.Assert(tf.equal(tf.size(tensor), 1), [message, tf.shape(tensor)])
        with tf.control_dependencies([check]):
            tensor = tf.reshape(tensor, ())
    else:
        tensor = tf.ensure_shape(tensor, shape)
    if name not in signature.ranges:
        return tensor
    low, high = (tf.constant(value, tensor.dtype) for value in signature.ranges[name])
    is_good = tf.reduce_all((tensor >= low) & (tensor <= high))
    check = tf.debugging.Assert(is_good, [f"Expected {name} in", low, high, "; got", tensor])
    with tf.control_dependencies([check]):
        return tf.identity(tensor)


@contextlib.contextmanager
def _quiet():
    """Without TensorFlow's remarks about where assets went."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
