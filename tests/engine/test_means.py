"""The running means of the logs: over examples, not over batches."""

import keras
import numpy as np
import pytest
from zoo_cases import CASES

from keras_genzoo.engine import DataSpec, GenerativeModel
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


@pytest.mark.parametrize("compiled", [False, True])
def test_figures_of_several_lengths_have_means_of_their_own(compiled):
    means = Means(("real", "fake", "scale"))
    update = means.update_state
    if compiled and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # Lengths that the graph does not know.
        update = tf.function(update, reduce_retracing=True, autograph=False)
        update({"real": tf.zeros(2), "fake": tf.zeros(1), "scale": tf.constant(0.0)})
        means.reset_state()
    for real, fake, scale in (([1, 2], [1, 2, 3, 4], 2), ([3], [5, 6, 7, 8], 4)):
        values = {"real": real, "fake": fake, "scale": scale}
        update({k: keras.ops.convert_to_tensor(v, "float32") for k, v in values.items()})
    got = {name: float(value) for name, value in means.result().items()}
    assert got == pytest.approx({"real": 2.0, "fake": 4.5, "scale": 3.0})


def test_missing_and_unknown_figures_are_named():
    with pytest.raises(ValueError, match=r"of \['loss', 'kl'\].*without \['kl'\], got \['k1'\] b"):
        Means(("loss", "kl")).update_state({"loss": np.float32([1]), "k1": np.float32([1])})


def test_a_subclass_adds_to_what_is_tracked():
    class Own(CASES["vae"].cls):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.track("kl", "mse")

    model = Own(**CASES["vae"].arguments)
    values = {name: np.float32([1, 3]) for name in ("loss", "reconstruction", "kl", "mse")}
    logs = model.report(**values)
    assert set(logs) == {"loss", "negative_elbo", "reconstruction", "kl", "bits_per_dim", "mse"}
    assert float(logs["mse"]) == float(logs["kl"]) == 2.0
    model.reset_metrics()
    assert float(model.metrics[0].result()["mse"]) == 0.0


def test_reporting_without_a_name_tracked():
    model = GenerativeModel(DataSpec((3,)))
    with pytest.raises(ValueError, match=r"self.track\(...\) in the constructor of Gen"):
        model.report(loss=1.0)


def test_reset_and_nothing_seen():
    means = Means(("loss",))
    means.update_state({"loss": np.float32([5])})
    means.reset_state()
    assert float(means.result()["loss"]) == 0.0
