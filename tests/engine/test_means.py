"""The running means of the logs: over examples, not over batches."""

import keras
import numpy as np
import pytest

from keras_genzoo.engine.means import Means


def test_mean_over_the_examples_of_batches_of_two_sizes():
    means = Means(("loss", "kl"))
    means.update_state({"loss": np.float32([1, 2, 3]), "kl": np.float32([0, 0, 3])})
    means.update_state({"loss": np.float32([10]), "kl": np.float32([1])})
    got = {name: float(value) for name, value in means.result().items()}
    assert got == {"loss": pytest.approx(16 / 4), "kl": pytest.approx(4 / 4)}


def test_one_value_stands_for_all_examples_of_its_step():
    means = Means(("loss", "scale"))
    means.update_state({"loss": np.float32([1, 2, 3]), "scale": keras.ops.array(2.0)})
    means.update_state({"loss": np.float32([4]), "scale": keras.ops.array(6.0)})
    assert float(means.result()["scale"]) == pytest.approx((3 * 2 + 6) / 4)


def test_reset_and_nothing_seen():
    means = Means(("loss",))
    means.update_state({"loss": np.float32([5])})
    means.reset_state()
    assert float(means.result()["loss"]) == 0.0
