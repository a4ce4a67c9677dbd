"""The base of autoregressive models of images."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo.engine import DataSpec, Noise, Source
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
    the values before it alone; a conditional model `logits(values, labels, training)`.

    Logs: `nll`, in nats, and `bits_per_dim`; `loss` is the `nll`.

    Args:
        spec: Shape of one example.
        observation: Of a pixel, given the logits.
        num_classes: Of a conditional model.
        **kwargs: Those of any Keras model.
    """

    family = "autoregressive"
    grid_samples = 16
    observation: Categorical | Bernoulli

    def __init__(
        self,
        spec: DataSpec,
        observation: Categorical | Bernoulli,
        num_classes: int | None = None,
        **kwargs,
    ):
        super().__init__(spec, num_classes, **kwargs)
        self.observation, self.scale = observation, observation.scale

    def logits(self, values: Tensor, *labels: Any, **training: Any) -> Tensor:
        """Logits (batch, *shape, levels), those of a 1 (batch, *shape) where the observation is
        Bernoulli, of values (batch, *shape) in 0..levels-1.
        """
        raise NotImplementedError

    def objective(self, x: Any, seed: SeedGenerator, training: bool = False) -> dict[str, Tensor]:
        x, *labels = x if self.label_spec else (x,)
        values = self.observation.observed(x, seed)
        logits = self.logits(values, *labels, training=training)
        return {"loss": -self.observation.log_prob(values, logits)}

    def call(self, inputs):
        x, *labels = inputs if self.label_spec else (inputs,)
        return self.logits(self.scale.numbers(x), *labels)

    # ------------------------------------------------------------------ samples

    def inputs(self) -> Mapping[str, Source]:
        u = {"u": Noise(Uniform(), (self.spec.size,))}
        return {**u, "labels": self.label_spec} if self.label_spec else u

    def generate(self, u: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pixel by pixel: the value at which its cumulative distribution passes its u."""
        told = () if labels is None else (labels,)
        return self.pixels(self.draw_pixels(u, ops.zeros_like(u), 0, self.spec.size, *told))

    def draw_pixels(
        self,
        u: Tensor,
        values: Tensor,
        first: int | Tensor,
        count: int | Tensor,
        *labels: Tensor,
    ) -> Tensor:
        """Draws `count` values of each image from that of index `first` on, traceable.

        Args:
            u: (batch, D), uniform.
            values: (batch, D), those before `first` drawn already.
            first, count: int or int32 scalars.
            *labels: Of a conditional model, (batch,).
        """
        position = np.arange(self.spec.size)

        def draw_pixel(i, values):
            logits = self.logits(ops.reshape(values, (-1, *self.spec.shape)), *labels)
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
        run, size = self.compiled_function(self.draw_pixels), self.spec.size
        u, *labels = inputs.values()
        values, first, count = np.zeros_like(u), 0, 1
        while first < size:
            start = time.perf_counter()
            arguments = u, values, np.int32(first), np.int32(count), *labels
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
            **self.sample_signatures(),
            "log_likelihood": self.log_likelihood_signature(),
        }
