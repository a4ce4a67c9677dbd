"""What every conditional model must pass, a part of the contract."""

import numpy as np
import pytest

from keras_genzoo.support.abilities import Decodes


def samples_of_classes(model, first):
    """Samples of the labels that are asked for; a seed's others are what they are without them."""
    (inputs,) = model.inputs_in_batches(5, 3, batch_size=5)
    close(first, model.sample(5, seed=3, labels=inputs["labels"]))
    zeros, ones = (model.sample(5, seed=3, labels=label) for label in (0, 1))
    close(zeros[2:3], model.sample(5, seed=3, labels=[1, 1, 0, 1, 1])[2:3])
    close(zeros[2:], model.sample(3, seed=3, labels=np.zeros(3, int), first=2))
    assert not np.array_equal(zeros, ones)
    for labels in (model.num_classes, [0, 1]):
        with pytest.raises(ValueError, match="labels"):
            model.sample(5, labels=labels)
    if isinstance(model, Decodes):
        with pytest.raises(ValueError, match="is conditional: expected labels"):
            model.decode(inputs["z"])


def are_needed(case, model):
    """Labels are asked for, and looked at, wherever examples go in."""
    for method in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with pytest.raises(ValueError, match="expected labels in 0..2"):
            method(case.x)
        with pytest.raises(ValueError, match="Expected labels in 0..2"):
            method(case.x, case.labels + 1)
        with pytest.raises(ValueError, match="got dtype float32"):
            method(case.x, case.labels.astype("float32"))
    with pytest.raises(ValueError, match="predict has no place for labels"):
        model.predict(case.x)


def close(a, b):
    """Equal but for float32 rounding; a pixel may round to its neighbour."""
    if a.dtype == np.uint8:
        assert np.abs(a.astype(int) - b.astype(int)).max() <= 1
    else:
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
