"""The base of autoregressive models of images."""

import time
from collections.abc import Callable

import numpy as np
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo.engine import DataSpec, Noise
from keras_genzoo.engine.progress import LongWork
from keras_genzoo.models.maximum_likelihood import MaximumLikelihood
from keras_genzoo.probability.observations import Bernoulli, Categorical
from keras_genzoo.probability.priors import Uniform
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.types import Tensor

SECONDS_PER_CALL = 0.5  # of `sample`


class Autoregressive(MaximumLikelihood):
    """Each pixel's distribution given those before it, in reading order.

    Objective: maximize log p(x) = sum_i log p(x_i | x_1, ..., x_{i-1}), pixels in reading order,
    channels of a pixel one after the other; exact.

    A model defines `logits(values, training)`, traceable: those of each value of each pixel, from
    the values before it alone.

    Logs: `nll`, in nats, and `bits_per_dim`; `loss` is the `nll`.

    Args:
        spec: Shape of one example.
        observation: Of a pixel, given the logits.
        **kwargs: Those of any Keras model.
    """

    family = "autoregressive"
    grid_samples = 16
    observation: Categorical | Bernoulli

    def __init__(self, spec: DataSpec, observation: Categorical | Bernoulli, **kwargs):
        super().__init__(spec, **kwargs)
        self.observation, self.scale = observation, observation.scale

    def logits(self, values: Tensor, training: bool = False) -> Tensor:
        """Logits (batch, *shape, levels), those of a 1 (batch, *shape) where the observation is
        Bernoulli, of values (batch, *shape) in 0..levels-1.
        """
        raise NotImplementedError

    def objective(
        self, x: Tensor, seed: SeedGenerator, training: bool = False
    ) -> dict[str, Tensor]:
        values = self.observation.observed(x, seed)
        return {"loss": -self.observation.log_prob(values, self.logits(values, training))}

    def call(self, inputs):
        return self.logits(self.scale.numbers(inputs))

    # ------------------------------------------------------------------ samples

    def inputs(self) -> dict[str, Noise]:
        return {"u": Noise(Uniform(), (self.spec.size,))}

    def generate(self, u: Tensor) -> Tensor:
        """Pixel by pixel: the value at which its cumulative distribution passes its u."""
        return self.pixels(self.draw_pixels(u, ops.zeros_like(u), 0, self.spec.size))

    def draw_pixels(
        self, u: Tensor, values: Tensor, first: int | Tensor, count: int | Tensor
    ) -> Tensor:
        """Draws `count` values of each image from that of index `first` on, traceable.

        Args:
            u: (batch, D), uniform.
            values: (batch, D), those before `first` drawn already.
            first, count: int or int32 scalars.
        """
        position = np.arange(self.spec.size)

        def draw_pixel(i, values):
            logits = self.logits(ops.reshape(values, (-1, *self.spec.shape)))
            logits = ops.reshape(logits, (-1, *self.observation.output_shape((self.spec.size,))))
            # Taken by a tensor: a static index would compile anew for each pixel.
            value = self.observation.quantile(ops.take(logits, i, axis=1), ops.take(u, i, axis=1))
            return ops.where(ops.equal(position, i), value[:, None], values)

        return ops.fori_loop(first, first + count, draw_pixel, values)

    def pixels(self, values: Tensor) -> Tensor:
        """Values (batch, D) in 0..levels-1 -> uint8 images."""
        return ops.reshape(self.scale.examples(values), (-1, *self.spec.shape))

    def generate_batch(self, inputs: dict[str, np.ndarray], work: LongWork) -> np.ndarray:
        # In calls of about half a second, between which Python shows progress or is interrupted.
        run, size, u = self.compiled_function(self.draw_pixels), self.spec.size, inputs["u"]
        values, first, count = np.zeros_like(u), 0, 1
        while first < size:
            start = time.perf_counter()
            arguments = u, values, np.int32(first), np.int32(count)
            values = ops.convert_to_numpy(run(*map(ops.convert_to_tensor, arguments)))
            first += count
            work.add(len(u) * count)
            per_pixel = (time.perf_counter() - start) / count
            count = min(max(1, int(SECONDS_PER_CALL / per_pixel)), size - first)
        return ops.convert_to_numpy(self.pixels(ops.convert_to_tensor(values)))

    def likelihood_methods(self) -> dict[str, Callable]:
        return {"exact": self.exact}

    def signatures(self) -> dict[str, Signature]:
        return {
            "sample": self.sample_signature(),
            "log_likelihood": self.log_likelihood_signature(),
        }
