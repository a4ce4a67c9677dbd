import hashlib
import sys
import threading

import keras
import numpy as np
import pytest

from keras_genzoo.data import Batches


def numbered(n, **kwargs):
    """Batches whose example i is the image full of i."""
    x = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None, None], (n, 2, 3, 1))
    return Batches(x, **kwargs)


def seen(batches, epoch=0):
    steps = range(epoch * len(batches), (epoch + 1) * len(batches))
    return [batches.batch_at(step)[0][:, 0, 0, 0] for step in steps]


def test_every_example_once_per_epoch_without_dropping():
    for shuffle in (True, False):
        batches = numbered(50, batch_size=8, shuffle=shuffle, drop_remainder=False)
        for epoch in (0, 3):
            epoch = seen(batches, epoch)
            assert [len(batch) for batch in epoch] == [8] * 6 + [2]
            assert sorted(np.concatenate(epoch)) == list(range(50))


def test_no_example_twice_per_epoch_with_dropping():
    batches = numbered(50, batch_size=8)
    epoch = seen(batches)
    assert [len(batch) for batch in epoch] == [8] * 6
    assert len(set(np.concatenate(epoch))) == 48


def test_dropping_leaves_out_other_examples_each_epoch():
    batches = numbered(50, batch_size=8)
    epochs = [np.concatenate(seen(batches, epoch)) for epoch in range(20)]
    assert set(np.concatenate(epochs)) == set(range(50))


def test_drop_remainder_defaults_to_shuffle():
    assert len(numbered(50, batch_size=8, shuffle=True)) == 6
    assert len(numbered(50, batch_size=8, shuffle=False)) == 7
    assert len(numbered(50, batch_size=8, shuffle=False, drop_remainder=True)) == 6
    assert len(numbered(48, batch_size=8, shuffle=False)) == 6


def test_small_set_is_one_batch_of_everything():
    batches = numbered(5, batch_size=8)
    assert len(batches) == 1
    assert sorted(seen(batches, 2)[0]) == list(range(5))


def test_without_shuffling_order_is_the_arrays_own():
    batches = numbered(50, batch_size=8, shuffle=False)
    for epoch in (0, 1):
        np.testing.assert_array_equal(np.concatenate(seen(batches, epoch)), np.arange(50))


def test_order_depends_on_epoch_and_seed():
    order = np.concatenate(seen(numbered(200, seed=1), 0))
    assert not np.array_equal(order, np.arange(len(order)))
    assert not np.array_equal(order, np.concatenate(seen(numbered(200, seed=1), 1)))
    assert not np.array_equal(order, np.concatenate(seen(numbered(200, seed=2), 0)))


def test_batch_at_does_not_depend_on_what_was_read_before():
    first, second = numbered(100, batch_size=8), numbered(100, batch_size=8)
    forward = [first.batch_at(step)[0] for step in range(40)]
    backward = [second.batch_at(step)[0] for step in reversed(range(40))][::-1]
    np.testing.assert_array_equal(forward, backward)


def test_batch_at_is_the_same_in_another_process(run_python):
    code = (
        "import hashlib, numpy as np\n"
        "from keras_genzoo.data import Batches\n"
        "x = Batches(np.arange(999), batch_size=10, seed=7).batch_at(1234)[0]\n"
        "print(hashlib.sha256(x.tobytes()).hexdigest())"
    )
    here = Batches(np.arange(999), batch_size=10, seed=7).batch_at(1234)[0]
    assert run_python(code)[-1] == hashlib.sha256(here.tobytes()).hexdigest()


def test_threads_in_different_epochs_get_their_own_order():
    batches = numbered(100, batch_size=10)
    expected = [batches.batch_at(step)[0] for step in range(40)]
    wrong = []

    def read(steps):
        for step in list(steps) * 50:
            if not np.array_equal(batches.batch_at(step)[0], expected[step]):
                wrong.append(step)

    threads = [threading.Thread(target=read, args=(range(i, 40, 4),)) for i in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # thousands of chances to collide
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


def test_labels_stay_with_their_examples():
    batches = Batches(np.arange(100), np.arange(100) * 3, batch_size=8)
    for step in (0, 5, 40):
        x, y = batches.batch_at(step)
        np.testing.assert_array_equal(y, 3 * x)
    assert len(Batches(np.arange(100)).batch_at(0)) == 1


def test_indexing_is_epoch_0():
    batches = numbered(50, batch_size=8)
    for i in range(len(batches)):
        np.testing.assert_array_equal(batches[i][0], batches.batch_at(i)[0])
    for i in (-1, len(batches)):
        with pytest.raises(IndexError, match=r"0\.\.5"):
            batches[i]


def test_batches_are_copies():
    batches = numbered(10, batch_size=10, shuffle=False)
    batches.batch_at(0)[0][:] = 99
    assert batches.x.max() == 9


def test_numpy_gives_all_examples_in_their_own_order():
    x = np.arange(50)
    plain = Batches(x, batch_size=8, augment=lambda x: x + 1)
    np.testing.assert_array_equal(plain.numpy(), x)
    images, labels = Batches(x, 2 * x, batch_size=8).numpy()
    np.testing.assert_array_equal(images, x)
    np.testing.assert_array_equal(labels, 2 * x)


@pytest.mark.parametrize("convert", [np.asarray, np.array, np.mean, lambda b: np.stack([b])])
def test_batches_are_no_array(convert):
    with pytest.raises(TypeError, match=r"got Batches.*\.numpy\(\)"):
        convert(numbered(10, batch_size=4))


def test_take():
    batches = Batches(np.arange(100), np.arange(100), batch_size=8, seed=3, name="count")
    few = batches.take(20)
    np.testing.assert_array_equal(few.x, np.arange(20))
    np.testing.assert_array_equal(few.y, np.arange(20))
    assert (few.batch_size, few.seed, few.name, few.num_examples) == (8, 3, "count", 20)
    with pytest.raises(ValueError, match="n, a positive integer; got 0"):
        batches.take(0)


def test_repr_tells_what_is_inside():
    text = repr(Batches(np.zeros((70, 4, 4, 1), np.uint8), batch_size=16, name="zeros/train"))
    for part in ("zeros/train", "70 examples", "(4, 4, 1)", "uint8", "4 batches of 16"):
        assert part in text


def test_takes_what_numpy_takes():
    batches = Batches(keras.ops.ones((4, 2)), [0, 1, 2, 3], batch_size=2)
    assert isinstance(batches.batch_at(0)[0], np.ndarray)
    assert batches.x.dtype == np.float32


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(x=np.zeros((0, 2))), r"at least one example.*\(0, 2\)"),
        (dict(x=3.0), "first axis"),
        (dict(x=np.zeros((4, 2)), y=np.zeros(3)), r"4 labels.*\(3,\)"),
        (dict(x=np.zeros((4, 2)), batch_size=0), "batch_size, a positive integer; got 0"),
        (dict(x=np.zeros((4, 2)), seed=-1), "seed, an integer of at least 0; got -1"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Batches(**arguments)


def test_negative_step():
    with pytest.raises(IndexError, match="step >= 0"):
        numbered(10).batch_at(-1)


def test_keras_fit_and_evaluate_see_the_batches():
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [2.0], [3.0]], np.float32)
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    model.fit(Batches(x, y, batch_size=8), epochs=20, verbose=0)
    assert model.evaluate(Batches(x, y, batch_size=16, shuffle=False), verbose=0) < 1e-2
