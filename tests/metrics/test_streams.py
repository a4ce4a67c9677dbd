"""Every image once, in order, whatever it comes in."""

import keras
import numpy as np
import pytest
from zoo_cases import CASES

from keras_genzoo.data import Batches
from keras_genzoo.metrics import samples_of
from keras_genzoo.metrics.streams import examples_in, rebatched

IMAGES = np.random.default_rng(0).integers(0, 256, (23, 4, 4, 1), dtype=np.uint8)
LABELS = np.arange(23)


class Model:
    """Its samples tell the seed and the truncation that they were drawn with."""

    def __init__(self):
        self.drawn = []

    def sample(self, n, *, seed, truncation=1.0):
        self.drawn.append((n, seed))
        rng = np.random.default_rng(seed)
        return (rng.integers(0, 256, (n, 4, 4, 1)) * truncation).astype(np.uint8)


class Sequence(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return IMAGES[6 * i : 6 * i + 6], LABELS[6 * i : 6 * i + 6]


def in_parts(size):
    return [IMAGES[i : i + size] for i in range(0, 23, size)]


SOURCES = {
    "array": lambda: IMAGES,
    "parts": lambda: in_parts(5),
    "generator": lambda: iter(in_parts(7)),
    "one by one": lambda: in_parts(1),
    "with labels": lambda: [(x, np.zeros(len(x))) for x in in_parts(4)],
    "PyDataset": Sequence,
    # Shuffled batches drop the last ones, and augmentation changes them.
    "Batches": lambda: Batches(
        IMAGES, LABELS, batch_size=8, shuffle=True, augment=lambda x: 255 - x
    ),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("size", [1, 6, 23, 50])
def test_all_images_come_in_batches_of_one_size(source, size):
    batches = list(rebatched(examples_in(SOURCES[source]()), size, None, "images"))
    np.testing.assert_array_equal(np.concatenate(batches), IMAGES)
    assert {len(x) for x in batches[:-1]} <= {size} and 0 < len(batches[-1]) <= size


def test_tensorflow_datasets_are_read():
    tf = pytest.importorskip("tensorflow")
    source = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(9)
    batches = list(rebatched(examples_in(source), 5, None, "images"))
    np.testing.assert_array_equal(np.concatenate(batches), IMAGES)


def test_a_model_draws_a_thousand_at_a_time():
    model = Model()
    parts = list(samples_of(model, 2300, seed=4))
    assert [len(x) for x in parts] == [1000, 1000, 300]
    assert model.drawn[0] == (1000, 4) and len({seed for _, seed in model.drawn}) == 3
    np.testing.assert_array_equal(parts[0], model.sample(1000, seed=4))
    again = np.concatenate(list(samples_of(Model(), 2300, seed=4)))
    np.testing.assert_array_equal(np.concatenate(parts), again)
    others = np.concatenate(list(samples_of(Model(), 2300, seed=5)))
    assert not (others == again).all(axis=(1, 2, 3)).any()
    assert max(next(samples_of(model, 10, truncation=0.5)).ravel()) < 128


def test_what_is_wrong():
    for n in (0, -1, 2.0, True):
        with pytest.raises(ValueError, match="n, a positive integer"):
            next(samples_of(Model(), n))
    with pytest.raises(ValueError, match="seed, an integer of at least 0; got -1"):
        next(samples_of(Model(), 5, seed=-1))
    for source in (3, "digits", {"x": IMAGES}, None):
        with pytest.raises(ValueError, match="a model with sample.*; got"):
            list(examples_in(source))
    with pytest.raises(ValueError, match="Expected fakes; got none. A generator that was used up"):
        list(rebatched([], 4, None, "fakes"))
    mixed = [IMAGES, IMAGES[:, :3]]
    with pytest.raises(ValueError, match=r"fakes of shape \(4, 4, 1\), as the others; got \(3, 4"):
        list(rebatched(mixed, 4, None, "fakes"))


def test_samples_of_a_model_of_the_zoo_are_those_of_one_call(monkeypatch):
    model = CASES["dcgan"].build()
    monkeypatch.setattr("keras_genzoo.metrics.streams.DRAWN_AT_ONCE", 70)
    parts = list(samples_of(model, 150, seed=2))
    assert [len(part) for part in parts] == [70, 70, 10]
    np.testing.assert_array_equal(np.concatenate(parts), model.sample(150, seed=2))
