"""What goes on inside the networks while they train."""

import math
from collections import defaultdict
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_genzoo import losses
from keras_genzoo.data.batches import Batches
from keras_genzoo.engine.noise import FixedSeed, checked_seed
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.types import Tensor

# The logit of "as likely real as fake", by the discriminator's loss.
BORDERS = {
    losses.minimax_discriminator_loss: 0.0,
    losses.hinge_discriminator_loss: 0.0,
    losses.least_squares_discriminator_loss: 0.5,
}


class Diagnostics(keras.callbacks.Callback):
    """Measures the networks on one fixed batch after epochs of `fit`, as some of its logs.

    - `<network>_gradient_norm`, of each network of `model.networks()`: the length of the gradient
      that a training step would hand to its optimizer, before that clips it. The step is
      `train_step` itself with its losses, dropout and batch statistics, but no network moves in
      it: a generator is held against the discriminator as it stands. Of several updates in a step,
      a critic's say, it is the mean. A network without an update in it has 0.
    - `<network>_largest_singular_value`: the largest one of its kernels as they are stored, each
      as a matrix of all but its last axis by its last. One that runs away, or comes down to the
      others, is a sign that training goes astray before samples show it.
    - `real_logits_right` and `fake_logits_right`, of GANs: the shares of real examples and of
      samples that the discriminator tells rightly, in inference mode: above and below 0, where
      the loss is least squares 1/2. On examples that it was trained on, the first nears 1 as it
      learns them by heart; on others it falls then. Not of critics and relativistic losses, which
      compare logits and have no border, nor of a loss of your own.

    Training is not disturbed: a run with this callback ends in the same bits as one without. The
    first epoch is measured, every `every`-th, and the last; in those between, the last figures
    stand in the logs again, so that `CSVLogger` has its columns. Put it before those that read it.
    A measurement runs a training step without compiling it.

    Args:
        data: Data of `zoo.data.load`, or an array of examples, the first of which are measured.
        labels: Those of an array, for a conditional model.
        every: Epochs between two measurements.
        examples: How many make up the batch.
        seed: Of all that the step and the samples draw; the same in each epoch.

    Raises:
        ValueError: `every` or `examples` is no positive integer; examples, or too few of them,
            that the model does not take; when training begins.

    Example:
        ```python
        test = zoo.data.load("digits", "test")
        callbacks = [zoo.callbacks.Diagnostics(test), keras.callbacks.CSVLogger("log.csv")]
        model.fit(train, epochs=50, callbacks=callbacks)
        ```
    """

    def __init__(
        self,
        data: Any,
        labels: Any = None,
        *,
        every: int = 1,
        examples: int = 64,
        seed: int = 0,
    ):
        super().__init__()
        self.every = whole_number("every", every)
        self.examples = whole_number("examples", examples)
        self.seed = checked_seed(seed)
        if isinstance(data, Batches):
            data, labels = data.x, data.y
        given = [data] if labels is None else [data, labels]
        self.batch = tuple(np.asarray(array)[: self.examples] for array in given)
        self._last: dict[str, float] | None = None

    @property
    def state(self) -> dict:
        """What a resumed run must know: the figures of the last measurement."""
        return {"last": self._last}

    @state.setter
    def state(self, state: dict):
        self._last = state["last"]

    def on_train_begin(self, logs=None):
        self.model.checks().take(*self.batch)
        if len(self.batch[0]) < self.model.smallest_step:
            raise ValueError(
                f"Expected at least {self.model.smallest_step} examples, which one step of "
                f"{type(self.model).__name__} takes; got {len(self.batch[0])}. Raise examples."
            )
        self._last = None

    def on_epoch_end(self, epoch, logs=None):
        number = epoch + 1
        if self._last is None or number % self.every == 0 or number == self.params.get("epochs"):
            self._last = self.measure()
        if logs is not None:
            logs.update(self._last)

    def measure(self) -> dict[str, float]:
        """The figures of the model as it stands, by the names that they have in the logs."""
        x, labels = self.model.checks().take(*self.batch)
        batch = tuple(ops.convert_to_tensor(a) for a in (x, labels) if a is not None)
        figures = gradient_norms(self.model, batch, self.seed)
        for network, variables in self.model.networks().items():
            values = [largest_singular_value(v) for v in variables if len(v.shape) > 1]
            if values:
                figures[f"{network}_largest_singular_value"] = max(values)
        if isinstance(self.model, Adversarial):
            border = BORDERS.get(self.model.adversarial_loss.discriminator)
            if border is not None:
                figures |= told_rightly(self.model, batch, border, self.seed)
        return figures


def gradient_norms(model, batch: tuple, seed: int) -> dict[str, float]:
    """Lengths of the gradients of one training step on a batch, which leaves no trace."""
    norms = defaultdict(list)

    def take(network, gradients):
        squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in gradients]
        norms[network].append(math.sqrt(float(ops.convert_to_numpy(sum(squares)))))

    # All that is assigned inside, to statistics and random states, is forgotten at its end.
    states = [
        (v, ops.cast([seed % 2**31, i], v.dtype)) for i, v in enumerate(model.random_states())
    ]
    scope = keras.StatelessScope(states, initialize_variables=False)
    with scope, model.gradients_given_to(take):
        model.train_step(batch)
    return {
        f"{network}_gradient_norm": float(np.mean(norms[network] or [0.0]))
        for network in model.networks()
    }


def largest_singular_value(kernel: Tensor) -> float:
    """Of a kernel (..., units) as a matrix."""
    matrix = ops.convert_to_numpy(kernel).astype("float64")
    matrix = matrix.reshape(-1, matrix.shape[-1])
    # Of the smaller product: it takes a hundredth of the time of a decomposition.
    gram = matrix @ matrix.T if len(matrix) < matrix.shape[1] else matrix.T @ matrix
    return math.sqrt(max(np.linalg.eigvalsh(gram)[-1], 0.0))


def told_rightly(model: Adversarial, batch: tuple, border: float, seed: int) -> dict[str, float]:
    """Which shares of real examples and of as many fakes a discriminator tells rightly."""
    draws = FixedSeed(seed, model.noise.state.dtype)
    x, labels = (model.scale.numbers(batch[0]), *batch[1:], None)[:2]
    # Of the network that the discriminator plays against, not of its average.
    logits = model.logits(x, labels, seed=draws, training=False)
    real, fake = map(ops.convert_to_numpy, logits)
    return {
        "real_logits_right": float(np.mean(real > border)),
        "fake_logits_right": float(np.mean(fake < border)),
    }
