"""What a process finds in a SavedModel that has TensorFlow and no Keras."""

import subprocess
import sys
import textwrap

import numpy as np

READER = """
    import sys
    import numpy as np

    sys.modules["keras"] = sys.modules["keras_genzoo"] = None
    import tensorflow as tf

    path, result, extra = sys.argv[1:]
    model = tf.saved_model.load(path)
    call = model.signatures
    n, seed = tf.constant(5), tf.constant(7, tf.int64)
    z = tf.constant(np.linspace(-1, 1, 24, dtype="float32").reshape(3, 8))
    found = {
        "signatures": sorted(call),
        "inputs": sorted(call["sample"].structured_input_signature[1]),
        "variables": sorted(v.shape.num_elements() for v in model.weights),
        "sample": call["sample"](n=n, seed=seed)["images"],
        "serving_default": call["serving_default"](n=n, seed=seed)["images"],
        "other_seed": call["sample"](n=n, seed=seed + 1)["images"],
        "lists": call["sample"](n=tf.constant([5]), seed=tf.constant([7], tf.int64))["images"],
        "more": call["sample"](n=tf.constant(9), seed=seed)["images"],
        "decode_3": call["decode"](z=z)["images"],
        "decode_1": call["decode"](z=z[:1])["images"],
    }
    np.savez(result, **{key: np.asarray(value) for key, value in found.items()})
"""


def read(path, result, extra=""):
    """The signatures of a SavedModel of images, and what they give."""
    command = [sys.executable, "-c", textwrap.dedent(READER), str(path), str(result), extra]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(np.load(result))
