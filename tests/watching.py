"""What tests of training watch it with, or break it off by."""

import keras
import numpy as np
from zoo_cases import CASES


class Recorder(keras.callbacks.Callback):
    """Which batches of which epochs were seen, and how often training began and ended."""

    def __init__(self):
        super().__init__()
        self.seen, self.begun, self.ended = [], 0, 0

    def on_train_begin(self, logs=None):
        self.begun += 1

    def on_train_end(self, logs=None):
        self.ended += 1

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((self.epoch, batch))


class StopAt(keras.callbacks.Callback):
    """Interrupts training after a batch, as Ctrl-C would."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.at = (epoch, batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise KeyboardInterrupt


def vae(**compiled):
    """A small model, the same one each time."""
    keras.utils.set_random_seed(0)
    model = CASES["vae"].build()
    model.compile(**compiled)
    return model


def watch(model) -> list[np.ndarray]:
    """The examples of each step to come, as the model sees them; it runs eagerly from now on."""
    model.compile(run_eagerly=True)
    batch, seen = model.batch, []

    def watched(data):
        x = batch(data)
        seen.append(np.array(keras.ops.convert_to_numpy(x)))
        return x

    object.__setattr__(model, "batch", watched)
    return seen


def batches_seen(model, data, **kwargs) -> list[np.ndarray]:
    """The examples of each step of one `fit`."""
    seen = watch(model)
    model.fit(data, verbose=0, **kwargs)
    return seen


def assert_equal_states(a, b):
    """Weights, optimizers' states and random states, to the last bit."""
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)
