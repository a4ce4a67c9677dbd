"""On TensorFlow `fit` reads arrays through tf.data: the same batches, of static shapes."""

import keras
import numpy as np
import pytest

import keras_genzoo as zoo
from keras_genzoo import backends
from keras_genzoo.data import Batches
from keras_genzoo.engine.numbered import NumberedBatches

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.data's own")
X = np.random.default_rng(0).integers(0, 256, (50, 4, 4, 1), dtype="uint8")


def numbered(steps=None, epoch=0, first=0, **kwargs):
    batches = Batches(X, **{"batch_size": 8, "seed": 3, **kwargs})
    return NumberedBatches(batches, steps or len(batches), epoch, first)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"epoch": 2, "first": 4},
        {"steps": 9, "epoch": 1},
        {"shuffle": False},
        {"shuffle": False, "first": 5, "epoch": 1},
        {"drop_remainder": False, "epoch": 3},
    ],
)
@pytest.mark.parametrize("labelled", [False, True])
def test_same_batches(arguments, labelled):
    source = numbered(**arguments, y=np.arange(50) if labelled else None)
    dataset, open_epoch = backends.pipeline(source)
    open_epoch(source.epoch)
    assert dataset is not source and len(dataset) == len(source)
    for got, i in zip(dataset, range(len(source)), strict=True):
        for one, other in zip(got, source[i], strict=True):
            np.testing.assert_array_equal(one, other)


def test_each_epoch_has_its_order():
    source = numbered()
    dataset, open_epoch = backends.pipeline(source)
    firsts = []
    for epoch in (0, 1):
        open_epoch(epoch)
        firsts.append(next(iter(dataset))[0])
        np.testing.assert_array_equal(firsts[-1], source[0][0])
    assert not np.array_equal(*firsts)


def test_batches_have_static_shapes():
    for batch_size, expected in ((8, 8), (64, 50)):
        dataset, _ = backends.pipeline(numbered(batch_size=batch_size))
        assert dataset.element_spec[0].shape == (expected, 4, 4, 1)


def test_what_it_leaves_alone(tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", X)
    for source in (
        numbered(shuffle=False, steps=9),  # short batches among the others
        numbered(augment=lambda x: x),
        NumberedBatches(Batches(np.load(tmp_path / "x.npy", mmap_mode="r")), 1, 0),
    ):
        assert backends.pipeline(source)[0] is source
    monkeypatch.setattr(backends.tensorflow, "PIPELINE_BYTES", X.nbytes - 1)
    source = numbered()
    assert backends.pipeline(source)[0] is source


def test_training_and_evaluation_call_no_python_for_a_batch(monkeypatch):
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    model = zoo.NICE(num_features=3, hidden_units=8)  # draws no noise on vectors
    model.compile()
    expected = model.evaluate(x, batch_size=8, verbose=0, return_dict=True)
    monkeypatch.delattr(Batches, "batch_at")
    data = Batches(x, batch_size=8, shuffle=False)
    found = model.evaluate(data, verbose=0, return_dict=True)
    assert found == pytest.approx(expected, rel=1e-5)
    history = model.fit(data, epochs=2, validation_data=data, verbose=0).history
    assert len(history["val_nll"]) == 2 and np.isfinite(history["val_nll"]).all()
