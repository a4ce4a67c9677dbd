"""fit(): which examples each step sees, in which order, and what is validated."""

import keras
import numpy as np
import pytest
from contract import EAGERLY
from watching import batches_seen, vae
from zoo_cases import CASES, PIXELS, VECTORS

import keras_genzoo as zoo


@pytest.mark.parametrize("source", ["numpy", "zoo"])
def test_order_is_new_in_each_epoch_and_the_same_in_each_run(source):
    def run():
        model = vae()
        if source == "numpy":
            return batches_seen(model, PIXELS, batch_size=20, epochs=2)
        return batches_seen(model, zoo.data.Batches(PIXELS, batch_size=20), epochs=2)

    first, second = run(), run()
    np.testing.assert_array_equal(first, second)
    epochs = np.reshape(first, (2, 60, 64))
    assert not np.array_equal(*epochs)
    for epoch in epochs:  # each example once
        np.testing.assert_array_equal(
            np.unique(epoch, axis=0), np.unique(PIXELS.reshape(60, -1), axis=0)
        )


def test_other_seed_other_order():
    first = batches_seen(vae(), PIXELS, batch_size=20)
    keras.utils.set_random_seed(1)
    model = CASES["vae"].build()
    assert not np.array_equal(first, batches_seen(model, PIXELS, batch_size=20))


def test_without_shuffling_every_example_in_its_place():
    seen = batches_seen(vae(), PIXELS, batch_size=25, shuffle=False)
    assert [len(x) for x in seen] == [25, 25, 10]
    np.testing.assert_array_equal(np.concatenate(seen), PIXELS)


def test_shuffled_batches_are_full():
    assert [len(x) for x in batches_seen(vae(), PIXELS, batch_size=25)] == [25, 25]


def test_every_critic_update_sees_real_examples_of_its_own():
    model = zoo.WGANGP(num_features=3, width=4, critic_steps=5)
    model.compile(run_eagerly=True)
    critic_loss, seen = model.critic_loss, []

    def watched(x):
        seen.append(keras.ops.convert_to_numpy(keras.ops.stop_gradient(x)))
        return critic_loss(x)

    if keras.backend.backend() == "jax":
        pytest.skip("JAX traces the loss: its values cannot be recorded")
    object.__setattr__(model, "critic_loss", watched)
    model.fit(VECTORS[:33], batch_size=33, verbose=0)
    assert [len(x) for x in seen] == [7, 7, 7, 6, 6]
    rows = np.concatenate(seen)
    np.testing.assert_array_equal(np.unique(rows, axis=0), np.unique(VECTORS[:33], axis=0))


def test_steps_per_epoch_walks_on_through_the_data():
    seen = batches_seen(vae(), PIXELS, batch_size=20, epochs=3, steps_per_epoch=2, shuffle=False)
    np.testing.assert_array_equal(np.concatenate(seen), np.concatenate([PIXELS, PIXELS]))


def test_validation_split_holds_out_the_end():
    model = vae()
    seen = batches_seen(model, PIXELS, batch_size=16, validation_split=0.2, validation_freq=1)
    training = np.concatenate(seen[:3])
    held_out = {x.tobytes() for x in PIXELS[48:]}
    assert not held_out & {x.tobytes() for x in training}
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.fit(PIXELS, validation_split=1.5)
    with pytest.raises(ValueError, match="needs an array"):
        model.fit(zoo.data.Batches(PIXELS), validation_split=0.5)


class Labelled(CASES["vae"].cls):
    """Takes labels, and drops them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.parts_of_batches, self.validated = set(), []

    def _refuse(self, y, sample_weight, class_weight=None):
        pass

    def batch(self, data):
        self.parts_of_batches.add(len(data))
        return super().batch(data[:1])

    def test_step(self, data):
        self.validated.append(len(data[0]))
        return super().test_step(data)


def labelled():
    model = Labelled(**CASES["vae"].arguments)
    model.compile(run_eagerly=EAGERLY)
    return model


def test_labels_reach_every_batch_of_fit_and_evaluate():
    model, labels = labelled(), np.arange(60)
    model.fit(PIXELS, labels, batch_size=30, verbose=0, validation_data=(PIXELS, labels))
    model.fit(PIXELS, labels, batch_size=24, verbose=0, validation_split=0.2)
    model.evaluate(PIXELS, labels, verbose=0)
    assert model.parts_of_batches == {2}


def test_the_batch_size_is_that_of_validation_too():
    model = vae()
    history = model.fit(PIXELS, batch_size=15, verbose=0, validation_data=PIXELS[:40]).history
    figures = model.evaluate(PIXELS[:40], batch_size=15, verbose=0, return_dict=True)
    assert figures == {key[4:]: value[-1] for key, value in history.items() if "val_" in key}


@pytest.mark.parametrize("size, expected", [(None, [15, 15, 10]), (20, [20, 20])])
@pytest.mark.skipif(keras.backend.backend() == "jax", reason="it traces a batch of each size once")
def test_the_batch_size_of_validation_holds_for_labelled_and_held_out_examples(size, expected):
    labels = np.arange(60)
    for validation in (
        {"validation_data": (PIXELS[:40], labels[:40])},
        {"validation_split": 40 / 60},
    ):
        model = labelled()
        given = {"batch_size": 15, "validation_batch_size": size, **validation}
        model.fit(PIXELS, labels, verbose=0, **given)
        assert model.validated == expected


def test_zoo_data_are_predicted_and_evaluated_whole_and_in_place():
    model = vae()
    data = zoo.data.Batches(PIXELS, batch_size=25)  # shuffled, and without the last ten
    np.testing.assert_array_equal(
        model.predict(data, verbose=0), model.predict(PIXELS, batch_size=25, verbose=0)
    )
    figures = [
        model.evaluate(x, batch_size=size, verbose=0, return_dict=True)
        for x, size in ((data, None), (PIXELS, 25))
    ]
    assert figures[0] == figures[1]
