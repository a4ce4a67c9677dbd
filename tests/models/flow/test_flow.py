"""What holds for any flow."""

import pytest

import keras_genzoo as zoo
from keras_genzoo.layers import Scaling
from keras_genzoo.models.flow.flow import Flow
from keras_genzoo.probability.bijectors import Bijector, Chain


class Inside(Bijector):
    """A bijector of one's own, around others."""

    def __init__(self, inner):
        self.inner = inner

    def forward_and_log_det(self, x, training=False):
        return self.inner.forward_and_log_det(x, training)

    def inverse(self, y):
        return self.inner.inverse(y)


class Twice(Flow):
    """Two scalings, one of them inside a part of the flow."""

    def __init__(self, **kwargs):
        super().__init__(zoo.NICE(num_features=3).spec, **kwargs)
        self.outer, inner = Scaling(), Scaling()
        for scaling in (self.outer, inner):
            scaling.build((None, 3))
        self.flow = Chain([self.outer, Inside(Chain([inner]))])


class Kept(Twice):
    def __init__(self):
        super().__init__()
        self.kept = [self.flow.bijectors[1].inner.bijectors[0]]


def test_weights_that_would_be_lost_are_an_error():
    with pytest.raises(ValueError, match="Twice.flow among its attributes.*got scaling_?[0-9]* in"):
        Twice().compile("adam")
    model = Kept()
    model.compile("adam")
    assert len(model.networks()["flow"]) == 2
