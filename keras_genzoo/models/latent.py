"""What models of several families do alike with codes z: two independent parts, and both."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from keras_genzoo.likelihood.annealed_importance_sampling import annealed_importance_sampling
from keras_genzoo.models import inversion
from keras_genzoo.models.inversion import Inversion
from keras_genzoo.probability.priors import Prior
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.checks import finite
from keras_genzoo.support.types import Tensor

if TYPE_CHECKING:
    from keras_genzoo.engine import GenerativeModel as Model  # of which these are parts
else:
    Model = object


class Decoding(Model):
    """Of a model whose samples are made of codes z (batch, latent_dim) with a `prior`.

    The model defines `decoded(z, labels)`, what its network makes of codes, on its scale, and
    `generate(z, labels)`; both are traceable. Only a conditional model is given labels.
    """

    latent_dim: int
    prior: Prior

    def decoded(self, z: Tensor, *labels: Any, **options: Any) -> Tensor:
        """The decoder's output, float32: numbers on the model's scale, or the parameters of its
        `observation`. Traceable, differentiable by z.
        """
        raise NotImplementedError

    def decode_mean(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """What `generate` rounds: real-valued pixels around 0..255, or vectors. Traceable,
        differentiable by z.
        """
        output = self.decoded(z) if labels is None else self.decoded(z, labels)
        return self.scale.real(self.observation.mean(output) if self.observation else output)

    def decode(
        self, z: np.ndarray, labels: ArrayLike | None = None, *, batch_size: int = 256
    ) -> np.ndarray:
        """Samples (n, *shape) from latents z (n, latent_dim): uint8 images or float32 vectors.

        Args:
            z: Latents.
            labels: Conditional models: the class of all samples, or of each of them.
            batch_size: How many are decoded at once.

        Raises:
            ValueError: Latents of another shape, or that are not finite; labels that are missing,
                that do not exist, or that have no use here.
        """
        z = self.check_latents(z)
        conditions = self.told(labels, len(z))
        return self.in_batches(self.generate, z, *conditions, batch_size=batch_size)

    def told(self, labels: Any, n: int) -> tuple[np.ndarray, ...]:
        """What the decoder is told of n examples beside z: the `conditions` of a conditional
        model, checked, in arrays of n rows.
        """
        return self.conditions(labels, n)

    def check_latents(self, z: np.ndarray | Tensor) -> np.ndarray:
        """`z` as float32 (n, latent_dim); ValueError for another shape or values not finite."""
        z = z if isinstance(z, np.ndarray) else ops.convert_to_numpy(z)
        z = np.asarray(z, "float32")
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            one = " For one code pass z[None]." if z.shape == (self.latent_dim,) else ""
            raise ValueError(f"Expected z of shape (n, {self.latent_dim}); got {z.shape}.{one}")
        finite(z, "z")
        return z

    def decode_between(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        labels: ArrayLike | None,
        steps: int,
        batch_size: int,
    ) -> np.ndarray:
        """Samples (n, steps, *shape) on the way from latents z0 to z1, ends included, each path
        of one class.
        """
        path = self.prior.path(z0, z1, steps)
        each = [np.repeat(of_path, steps, axis=0) for of_path in self.told(labels, len(path))]
        x = self.decode(path.reshape(-1, path.shape[-1]), *each, batch_size=batch_size)
        return x.reshape(*path.shape[:2], *x.shape[1:])

    def invert(
        self,
        x: np.ndarray,
        *,
        labels: ArrayLike | None = None,
        starts: int = 8,
        steps: int = 800,
        mask: np.ndarray | None = None,
        nearest: np.ndarray | None = None,
        seed: int = 0,
        batch_size: int = 256,
        verbose: int | str = "auto",
    ) -> Inversion:
        """Codes that decode to something near to examples, and how near that is.

        The squared error of `decode_mean` is lowered by the codes, by L-BFGS from several starts;
        the best end is kept. Nothing else is asked of the codes: they are in the range of the
        prior, but need not be typical of it where the examples are unlike samples.

        Args:
            x: Images (n, height, width, channels) in 0..255, or vectors (n, features).
            labels: Conditional models: the class of all examples, or of each of them.
            starts: For each example. A start is the one of 128 draws of the prior which decodes to
                what is nearest; where the model encodes, there is one more, the example's code.
                All take a fifth of the steps, the better quarter goes on.
            steps: At most, each a gradient by the codes. A descent ends where its error does not
                fall any more, by codes of few dimensions after less than 100.
            mask: 1 for the pixels that count, 0 for those that do not, which then may hold
                anything: (height, width) or (height, width, channels) for all images, (n, height,
                width) or (n, height, width, channels) for each; of vectors (features,) or (n,
                features).
            nearest: Training examples (m, *shape): the nearest of them to each example is told, at
                its distance by the same measure. A model that has learned more than to repeat
                comes nearer to examples that it was not trained on than that.
            seed: Of the draws. What is found for an example depends on this and on the example,
                and not on the others, up to rounding. Training is not disturbed.
            batch_size: How many starts are on their way at once; bounds the memory.
            verbose: 1 shows progress, 0 does not; "auto" does where it will take long.

        Returns:
            `Inversion`: `codes`, `images`, the `error` of each, and where it was asked for
            `nearest`, its `distance` and its number, `neighbors`. Errors and distances are root
            mean squares over what counts, in grey levels, or in the units of vectors.

        Raises:
            ValueError: Examples, a mask or training examples of another shape, or out of range; a
                mask without pixels that count; labels that are missing, that do not exist, or that
                have no use here.

        Example:
            ```python
            gan = zoo.from_preset("dcgan_digits")
            found = gan.invert(x, starts=2, steps=20, nearest=training)
            picture = zoo.plotting.image_table(
                np.stack([x, found.images, found.nearest]),
                rows=["image", "inverted", "nearest"],
                columns=[f"{error:.1f}" for error in found.error],
            )
            ```
        """
        return inversion.invert(
            self,
            x,
            labels=labels,
            starts=starts,
            steps=steps,
            mask=mask,
            nearest=nearest,
            seed=seed,
            batch_size=batch_size,
            verbose=verbose,
        )

    @property
    def annealed(self) -> Callable:
        """The likelihood method "ais"."""
        return functools.partial(annealed_importance_sampling, self)

    def decode_signature(self) -> Signature:
        inputs = {"z": ((None, self.latent_dim), "float32"), **self.label_inputs()}
        return Signature(self.generate, inputs, self.spec.name, ranges=self.label_ranges())


class Encoding(Model):
    """Of a model that turns examples into codes: it defines `code(x, labels)`, traceable."""

    def code(self, x: Tensor, *labels: Any, **named: Any) -> Tensor:
        """The latents (batch, latent_dim) of a batch of examples. Traceable."""
        raise NotImplementedError

    def encode(
        self, x: np.ndarray, labels: ArrayLike | None = None, *, batch_size: int = 256
    ) -> np.ndarray:
        """Latents (n, latent_dim), float32, of images in 0..255 or vectors; a conditional model
        takes their labels as well.
        """
        self.spec.check(x)
        conditions = self.conditions(labels, len(x))
        return self.in_batches(self.code, x, *conditions, batch_size=batch_size)

    def encode_signature(self) -> Signature:
        inputs = {self.spec.name: self.spec.tensor, **self.label_inputs()}
        return Signature(self.code, inputs, "z", ranges=self.label_ranges())


class Reconstructing(Decoding, Encoding):
    """Of a model that turns examples into codes, and these into examples again."""

    def reconstruction(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """What the model makes of the codes of a batch of examples. Traceable."""
        conditions = () if labels is None else (labels,)
        return self.generate(self.code(x, *conditions), *conditions)

    def reconstruct(
        self, x: np.ndarray, labels: ArrayLike | None = None, *, batch_size: int = 256
    ) -> np.ndarray:
        """What the model makes of the codes of examples: uint8 images or float32 vectors; a
        conditional model takes labels, one for all examples or one for each.
        """
        self.spec.check(x)
        conditions = self.conditions(labels, len(x))
        return self.in_batches(self.reconstruction, x, *conditions, batch_size=batch_size)

    def reconstruct_signature(self) -> Signature:
        inputs = {self.spec.name: self.spec.tensor, **self.label_inputs()}
        return Signature(self.reconstruction, inputs, self.spec.name, ranges=self.label_ranges())


class Interpolating(Decoding, Encoding):
    """Of a model that goes both ways: from examples to codes, on between these, and back."""

    def interpolate(
        self,
        x0: np.ndarray,
        x1: np.ndarray,
        steps: int = 8,
        *,
        labels: ArrayLike | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """Samples on the way from the codes of x0 to those of x1: along great circles where the
        prior is Gaussian (`latents.spherical_interpolation`), else along straight lines.

        Args:
            x0: Examples (n, *shape).
            x1: As many more.
            steps: Samples on each path, both ends included; 2 or more.
            labels: Conditional models: the class of all paths, or of each of them.
            batch_size: How many are encoded and decoded at once.

        Returns:
            uint8 images (n, steps, height, width, channels), or float32 vectors (n, steps,
            features); those at the ends are what the model makes of x0 and x1.

        Raises:
            ValueError: Other shapes, values that are not finite, fewer than 2 steps.
        """
        z0, z1 = (self.encode(x, labels, batch_size=batch_size) for x in (x0, x1))
        return self.decode_between(z0, z1, labels, steps, batch_size)
