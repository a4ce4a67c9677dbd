"""TensorFlow as a tool of the data pipeline, whatever the Keras backend."""

import contextlib

import keras


def import_tensorflow():
    """Import TensorFlow; beside another backend, keep it from taking all of a GPU's memory."""
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        for gpu in tf.config.list_physical_devices("GPU"):
            with contextlib.suppress(RuntimeError):  # in use already: too late to change
                tf.config.experimental.set_memory_growth(gpu, True)
    return tf
