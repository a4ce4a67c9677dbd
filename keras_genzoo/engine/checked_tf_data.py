"""Checks inside a `tf.data` pipeline, where no Python is called."""

import importlib
import re

from keras_genzoo.engine.data_spec import DataSpec
from keras_genzoo.engine.labels import Labels

# What TensorFlow's own message holds where a batch fails, and what of it did.
MARK = "keras_genzoo expects other values"
LABELS, SIZE = "labels", "batch"


def too_few(n: int, least: int) -> ValueError:
    """The error of a stream's batch that is too small for a training step."""
    return ValueError(
        f"Expected batches of at least {least} examples, which one step deals out to its updates "
        f"and their parts; got one of {n}. Leave a short last batch out (drop_remainder=True), or "
        "make batches larger."
    )


def checked_inside(dataset, spec: DataSpec, labels: Labels | None, least: int = 1):
    """A `tf.data.Dataset` with a check of each batch in its own pipeline.

    Args:
        dataset: Of batches, or of tuples that begin with them.
        spec: What the examples are.
        labels: What comes with them; None for nothing that is looked at.
        least: Fewest examples of a batch.
    """
    tf = importlib.import_module("tensorflow")  # it is there, for the data set is its own
    elements = dataset.element_spec
    if least > 1:

        def check_size(*batch):
            n = tf.shape(tf.nest.flatten(batch)[0])[0]
            with tf.control_dependencies(
                [tf.debugging.Assert(n >= least, [f"{MARK} ({SIZE})", n])]
            ):
                batch = tf.nest.map_structure(tf.identity, batch)
            return batch if isinstance(elements, tuple) else batch[0]

        dataset = dataset.map(tf.autograph.experimental.do_not_convert(check_size))
    if labels is not None:

        def check_labels(x, y, *rest):
            facts = [f"{MARK} ({LABELS})", tf.reduce_min(y), tf.reduce_max(y)]
            good = tf.reduce_all((y >= 0) & (y < labels.num_classes))
            with tf.control_dependencies([tf.debugging.Assert(good, facts)]):
                return (x, tf.identity(y), *rest)

        dataset = dataset.map(tf.autograph.experimental.do_not_convert(check_labels))
    x = elements[0] if isinstance(elements, tuple) else elements
    if not isinstance(x, tf.TensorSpec) or (spec.is_image and x.dtype == tf.uint8):
        return dataset

    def is_good(x):
        if not spec.is_image:
            return tf.reduce_all(tf.math.is_finite(x)) if x.dtype.is_floating else True
        # Where there is NaN, both are NaN, which is in no range.
        low, high = tf.reduce_min(x), tf.reduce_max(x)
        good = (low >= 0) & (high <= tf.cast(255, x.dtype))
        return good & ((high > 1) | (high == 0)) if x.dtype.is_floating else good

    def fail(x):
        y = tf.cast(x, tf.float64)
        bad = tf.math.count_nonzero(~tf.math.is_finite(y))
        low, high = tf.reduce_min(y), tf.reduce_max(y)
        dark = (low >= 0) & (high <= 1) & tf.reduce_all(y == tf.round(y)) & spec.is_image
        facts = [f"{MARK} ({x.dtype.name})", low, high, bad, tf.size(y)]
        failure = tf.debugging.Assert(dark, facts)
        with tf.control_dependencies([failure]):
            return tf.identity(x)

    def check(*batch):
        x = tf.cond(is_good(batch[0]), lambda: batch[0], lambda: fail(batch[0]))
        return (x, *batch[1:]) if isinstance(elements, tuple) else x

    return dataset.map(tf.autograph.experimental.do_not_convert(check))


def error_inside(spec: DataSpec, labels: Labels | None, least: int, message: str) -> ValueError:
    """The error of a batch that failed in the pipeline, from TensorFlow's message."""
    of_size = re.findall(re.escape(MARK) + rf" \({SIZE}\)\] \[(\d+)\]", message)
    if of_size:
        return too_few(int(of_size[0]), least)
    of_labels = re.findall(re.escape(MARK) + rf" \({LABELS}\)\] \[(-?\d+)\] \[(-?\d+)\]", message)
    if labels is not None and of_labels:
        try:
            labels.check([int(label) for label in of_labels[0]])
        except ValueError as error:
            return error
    form = re.escape(MARK) + r" \((\w+)\)\] \[(\S+)\] \[(\S+)\] \[(\d+)\] \[(\d+)\]"
    dtype, *facts = re.findall(form, message)[0]
    low, high, bad, size = (float(fact) for fact in facts)
    if bad:
        return ValueError(f"Expected finite x; {bad:.0f} of {size:.0f} values are NaN or infinite.")
    try:
        spec.check_range(low, high, dtype)
    except ValueError as error:
        return error
    return ValueError(message)
