"""A training run that kills itself, for test_exact_resume.py: started again, it goes on."""

import hashlib
import os
import signal

import keras
import numpy as np
from keras import ops
from zoo_cases import CASES

import keras_genzoo as zoo

EPOCHS, BATCH = 3, 10  # 60 examples: 6 batches an epoch, 18 steps


class Kill(keras.callbacks.Callback):
    """`kill -9` after so many steps of the whole run."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch * 6 + batch + 1 == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def digest(model) -> str:
    """SHA-256 over all weights, the optimizers' states and the random states."""
    sha = hashlib.sha256()
    for v in model.variables + model.optimizer.variables + model.random_states():
        sha.update(np.ascontiguousarray(ops.convert_to_numpy(v.value)).tobytes())
    return sha.hexdigest()


# All that a step may do beside the paper's algorithm: averages, parts of a batch, updates that are
# left out by a running share, labels, and what is drawn for augmentation and targets.
CONTROLS = {
    "ema_decay": 0.9,
    "ema_statistics": "standing",
    "accumulation": 2,
    "update_balance": (0.4, 0.6),
    "discriminator_augment": "translation,cutout",
    "real_targets": (0.7, 0.9),
    "flip_targets": 0.1,
}


def train(name, source, jit_compile, folder, kill_at, answer):
    keras.utils.set_random_seed(1)
    name, _, controlled = name.partition(", ")
    case = CASES[name]
    model = case.build()
    model.compile(jit_compile=jit_compile, **(CONTROLS if controlled else {}))
    callbacks = [zoo.callbacks.ResumeTraining(folder, steps=2), Kill(kill_at)]
    if source == "numpy":
        data = case.data()
        history = model.fit(*data, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=callbacks)
    else:
        batches = zoo.data.Batches(*case.data(), batch_size=BATCH, seed=3)
        history = model.fit(batches, epochs=EPOCHS, verbose=0, callbacks=callbacks)
    last = {k: v[-1] for k, v in history.history.items()}
    answer.put((digest(model), len(model.random_states()), last))
