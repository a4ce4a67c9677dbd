"""What is kept of callbacks, and whose it becomes in the next process."""

import collections

import keras
import ml_dtypes
import numpy as np
from zoo_cases import CASES, PIXELS

from keras_genzoo.callbacks import ResumeTraining
from keras_genzoo.engine.callback_states import CallbackStates


class Keeps(keras.callbacks.Callback):
    """Learns something of every kind."""

    def __init__(self, name=None, losses=None):
        super().__init__()
        self.name, self.losses = name, [] if losses is None else losses
        self.by_key = collections.defaultdict(list)
        self.epochs, self.last = set(), collections.deque(maxlen=2)

    def learn(self):
        self.losses.append(np.float32(1.5))
        self.by_key["a"].append((1, None))
        self.epochs.add(3)
        self.last.extend([1, 2, 3])
        self.weights = [np.arange(3), np.ones(2, ml_dtypes.bfloat16)]


def carried(before, after, learn=Keeps.learn):
    """The states of the callbacks `before`, once they have learned, put into those `after`."""
    states = CallbackStates(before)
    states.begin()
    for callback in before:
        learn(callback)
    written = states.changed()
    new = CallbackStates(after)
    new.begin()
    return new.restore(*written)


def test_values_of_every_plain_kind():
    losses = []
    old, new = Keeps(), Keeps(losses=losses)
    carried([old], [new])
    assert new.losses is losses == [1.5] and type(losses[0]) is np.float32
    assert isinstance(new.by_key, collections.defaultdict) and new.by_key == {"a": [(1, None)]}
    assert new.epochs == {3} and new.last == collections.deque([2, 3]) and new.last.maxlen == 2
    for a, b in zip(old.weights, new.weights, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def learn_own(callback):
    callback.losses.append(callback.name)


def test_a_callback_is_known_by_its_settings_wherever_it_stands():
    a, b = Keeps("a"), Keeps("b")
    carried([Keeps("a"), Keeps("b")], [Keeps("new"), b, a], learn_own)
    assert a.losses == ["a"] and b.losses == ["b"]


def test_changed_settings_take_the_state_of_the_class():
    new = Keeps("renamed")
    carried([Keeps("a")], [new], learn_own)
    assert new.losses == ["a"]


def test_a_state_without_a_callback_is_told():
    assert carried([Keeps("a")], [], learn_own) == ["Keeps"]
    old, none, back = Keeps("a"), CallbackStates([]), Keeps("a")
    states = CallbackStates([old])
    states.begin()
    learn_own(old)
    none.restore(*states.changed())
    CallbackStates([back]).restore(*none.changed())  # a process later
    assert back.losses == ["a"]
    assert carried([Keeps("a")], [Keeps("a")], learn_own) == []


def test_settings_of_this_script_stay():
    class Scheduled(keras.callbacks.Callback):
        def __init__(self, patience):
            super().__init__()
            self.patience, self.total, self.seen = patience, None, 0

    old, new = Scheduled(3), Scheduled(5)
    states = CallbackStates([old])
    old.total = 10  # as on_train_begin derives it
    states.begin()
    old.seen = 4
    written = states.changed()
    again = CallbackStates([new])
    new.total = 50
    again.begin()
    again.restore(*written)
    assert (new.patience, new.total, new.seen) == (5, 50, 4)


def test_a_property_that_cannot_be_assigned_is_no_state():
    class Named(keras.callbacks.Callback):
        state = property(lambda self: "running")

    callback = Named()
    callback.of_another_kind = object()
    carried([callback], [Named()], lambda callback: None)


def test_the_best_model_is_kept_when_callbacks_are_added(tmp_path):
    def run(epochs, *names):
        keras.utils.set_random_seed(0)
        model = CASES["vae"].build()
        model.compile()
        best = {
            name: keras.callbacks.ModelCheckpoint(
                tmp_path / name, "loss", mode="max", save_best_only=True, save_weights_only=True
            )
            for name in names
        }
        callbacks = [*best.values(), ResumeTraining(tmp_path)]
        model.fit(PIXELS, batch_size=20, epochs=epochs, verbose=0, callbacks=callbacks)
        return {name: callback.best for name, callback in best.items()}

    first = run(1, "best.weights.h5")
    both = run(2, "other.weights.h5", "best.weights.h5")
    # The loss falls: a callback that knows of the first epoch keeps its greater one.
    assert both["best.weights.h5"] == first["best.weights.h5"] > both["other.weights.h5"]
    assert run(2, "best.weights.h5")["best.weights.h5"] == both["best.weights.h5"]
