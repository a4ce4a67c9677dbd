"""keras_genzoo as a user has it: a constructor, `compile()`, `fit()` on a NumPy array."""

import math
import time

import keras

import keras_genzoo as zoo

# "loss" is a GAN's generator's; the other contestants log their judge's.
LOSS = {"dcgan": "discriminator_loss", "wgan_gp": "critic_loss"}


class EpochTimer(keras.callbacks.Callback):
    """Seconds of an epoch; it has no hook on batches, so `fit` runs as it does without."""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.start


class Genzoo:
    """A model of the zoo with its default `compile()`."""

    loops = ("fit",)

    def __init__(self, case):
        self.model = zoo.MODELS[case.model](image_shape=case.image_shape, **case.arguments)
        self.model.compile()
        self.batch, self.loss = case.batch, LOSS.get(case.model, "loss")
        self.parameters = sum(math.prod(v.shape) for v in self.model.trainable_variables)

    def run(self, loop, images):
        timer = EpochTimer()
        logs = self.model.fit(
            images, batch_size=self.batch, epochs=1, verbose=0, callbacks=[timer]
        ).history
        return timer.seconds, float(logs[self.loss][0])


def build(case) -> Genzoo:
    return Genzoo(case)
