"""What holds for any autoregressive model: its observation may be of two values or of several."""

import numpy as np
import pytest
from keras import ops
from zoo_cases import PIXELS

from keras_genzoo.engine import DataSpec
from keras_genzoo.models.autoregressive.autoregressive import Autoregressive
from keras_genzoo.probability.observations import Bernoulli, Categorical
from keras_genzoo.probability.pixels import GreyValues

SHAPE = (8, 8, 1)
# Each pixel's logit of a 1 is a sum over those before it.
WEIGHTS = np.triu(np.random.default_rng(0).normal(size=(64, 64)), 1).astype("float32")


class Linear(Autoregressive):
    def __init__(self, observation):
        super().__init__(DataSpec(SHAPE), observation)

    def logits(self, values, training=False):
        one = ops.matmul(ops.reshape(values, (-1, 64)), ops.convert_to_tensor(WEIGHTS))
        logits = one if isinstance(self.observation, Bernoulli) else ops.stack([0 * one, one], -1)
        return ops.reshape(logits, (-1, *self.observation.output_shape(SHAPE)))


@pytest.fixture(scope="module")
def models():
    return [Linear(observation) for observation in (Bernoulli(), Categorical(GreyValues(2)))]


def test_two_values_are_the_same_model_either_way(models):
    a, b = (model.sample(20, seed=0) for model in models)
    assert set(np.unique(a)) == {0, 255}
    np.testing.assert_array_equal(a, b)
    a, b = (model.log_likelihood(PIXELS) for model in models)
    np.testing.assert_allclose(a, b, rtol=1e-5)


def test_called_it_gives_the_logits_of_its_values(models):
    shapes = [model.predict(PIXELS[:3], verbose=0).shape for model in models]
    assert shapes == [(3, *SHAPE), (3, *SHAPE, 2)]
