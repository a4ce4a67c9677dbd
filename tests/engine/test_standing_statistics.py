"""Batch norm's statistics of an average, taken of its own draws: `ema_statistics="standing"`."""

import keras
import numpy as np
from contract import JIT_COMPILE, assert_equal, values
from keras import layers, ops
from steps_of_all_kinds import AllKinds
from zoo_cases import VECTORS

import keras_genzoo as zoo
from keras_genzoo.engine.averages import STANDING_BATCHES


def test_standing_statistics_are_means_over_batches_of_draws():
    model = AllKinds()
    model.compile(jit_compile=JIT_COMPILE)
    model.fit(VECTORS, batch_size=20, verbose=0)
    kept = values(model.average.variables)
    norm = next(
        layer
        for layer in model.average["generator"].layers
        if isinstance(layer, layers.BatchNormalization)
    )
    before = values([norm.moving_mean, norm.moving_variance])
    norm.moving_mean.assign([5.0] * 5)
    model.recompute_statistics()  # of the weights alone: not of what they were
    # Nothing else may move, not the state of the dropout behind the batch norm either.
    assert_equal(kept, values(model.average.variables))
    assert not norm.trainable and norm.momentum == 0.99
    # By hand: a dense layer comes before it.
    dense = model.average["generator"].layers[0]
    kernel, bias = values(dense.variables)
    seed, means, variances = model.seeded(zoo.engine.averages.STANDING_SEED), [], []
    for block in range(STANDING_BATCHES):
        z = ops.convert_to_numpy(model.draw_inputs(64, seed.fold(block))["z"])
        y = z @ kernel + bias
        means.append(y.mean(axis=0))
        variances.append(y.var(axis=0))
    for a, b in zip(before, (means, variances), strict=True):
        np.testing.assert_allclose(a, np.mean(b, axis=0), rtol=1e-4, atol=1e-5)


def test_other_state_of_the_average_stays_when_statistics_are_taken():
    """A power iteration turns its vector in training mode."""
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            layers.SpectralNormalization(layers.Dense(5)),
            layers.BatchNormalization(),
            layers.Dense(3),
        ]
    )
    model = zoo.GAN(num_features=3, latent_dim=4, hidden_units=(4,), generator=generator)
    model.compile(ema_decay=0.9, ema_statistics="standing", jit_compile=JIT_COMPILE)
    model.train_on_batch(VECTORS[:20])
    vector = model.average["generator"].layers[0].vector_u
    before = values([vector])
    model.recompute_statistics()
    once = values(model.average.variables)
    assert_equal(before, values([vector]))
    model.recompute_statistics()
    assert_equal(once, values(model.average.variables))


def test_statistics_are_new_when_callbacks_look():
    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(self.model.sample(4, seed=0))

    seen = []
    model = AllKinds()
    model.compile(jit_compile=JIT_COMPILE)
    model.fit(VECTORS, batch_size=20, epochs=2, verbose=0, callbacks=[Look()])
    model.recompute_statistics()
    np.testing.assert_array_equal(seen[-1], model.sample(4, seed=0))
    model.train_on_batch(VECTORS[:20])  # copies them
    copied = model.sample(4, seed=0)
    model.recompute_statistics()
    assert (copied != model.sample(4, seed=0)).any()
