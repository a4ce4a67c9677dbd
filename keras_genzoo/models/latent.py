"""What models share that have a latent vector z: `decode`, and for some `encode`."""

import functools
import math

import keras
import numpy as np
from keras import ops

from keras_genzoo import losses
from keras_genzoo.engine import draw
from keras_genzoo.latents import linear_interpolation, spherical_interpolation
from keras_genzoo.likelihood.annealed_importance_sampling import annealed_importance_sampling
from keras_genzoo.likelihood.likelihood import Likelihood
from keras_genzoo.likelihood.log_mean_exp import RunningLogMeanExp, RunningMean
from keras_genzoo.probability.pixels import NATS_PER_PIXEL_BIN, dequantize
from keras_genzoo.saving import Signature
from keras_genzoo.support.checks import finite, number_between, whole_number


class Decodes(Likelihood):
    """A model whose `generate` takes latents (batch, latent_dim): those are its noise."""

    @property
    def noise_shape(self):
        return (self.latent_dim,)

    def decode(self, z, *, batch_size: int = 256) -> np.ndarray:
        """Samples (n, *shape) from latents z (n, latent_dim): uint8 images or float32 vectors.

        Raises:
            ValueError: Latents of another shape, or that are not finite.
        """
        return self.in_batches(self.generate, self.check_latents(z), batch_size=batch_size)

    def check_latents(self, z) -> np.ndarray:
        """`z` as float32 (n, latent_dim); ValueError for another shape or values not finite."""
        z = z if isinstance(z, np.ndarray) else ops.convert_to_numpy(z)
        z = np.asarray(z, "float32")
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            one = " For one code pass z[None]." if z.shape == (self.latent_dim,) else ""
            raise ValueError(f"Expected z of shape (n, {self.latent_dim}); got {z.shape}.{one}")
        finite(z, "z")
        return z

    def decode_mean(self, z):
        """What `generate` rounds: real-valued pixels around 0..255, or vectors. Traceable,
        differentiable by z."""
        raise NotImplementedError

    def observation(self, observation_std: float | None = None):
        """p(x | z): Gaussian around `decode_mean`, unless a model has its own.

        It has, all traceable, `observed(x, seed)`, the y of examples x that it scores;
        `log_prob_given(y, z)` in nats; and `draw_given(z, seed)`, a draw of y.
        """
        if observation_std is None:
            raise ValueError(
                f"{type(self).__name__} has no p(x | z) of its own: pass observation_std, the "
                "standard deviation of Gaussian noise on what it decodes, for images on the scale "
                "where pixels are in [0, 1]."
            )
        return GaussianObservation(self, observation_std)

    def likelihood_methods(self):
        ais = functools.partial(annealed_importance_sampling, self)
        return {**super().likelihood_methods(), "ais": ais}

    def interpolate(self, z0, z1, steps: int = 8, *, batch_size: int = 256) -> np.ndarray:
        """Samples on the way from latents z0 to z1: along great circles where the prior is
        Gaussian (`latents.spherical_interpolation`), else along straight lines.

        Args:
            z0: Latents (n, latent_dim).
            z1: As many more.
            steps: Samples on each path, both ends included; 2 or more.
            batch_size: How many are decoded at once.

        Returns:
            uint8 images (n, steps, height, width, channels), or float32 vectors (n, steps,
            features); those at the ends are `decode(z0)` and `decode(z1)`.

        Raises:
            ValueError: Other shapes, values that are not finite, fewer than 2 steps.
        """
        gaussian = self.noise_kind == "normal"
        path = (spherical_interpolation if gaussian else linear_interpolation)(z0, z1, steps)
        x = self.decode(path.reshape(-1, path.shape[-1]), batch_size=batch_size)
        return x.reshape(*path.shape[:2], *x.shape[1:])

    def signatures(self):
        z = {"z": ((None, self.latent_dim), "float32")}
        decode = Signature(self.generate, z, output=self.spec.name)
        return {**super().signatures(), "decode": decode}


class Encodes(Decodes):
    """A model that also has a `code(x)`, traceable: the latents (batch, latent_dim) of a batch."""

    def encode(self, x, *, batch_size: int = 256) -> np.ndarray:
        """Latents (n, latent_dim), float32, of images in 0..255 or vectors."""
        self.spec.check(x)
        return self.in_batches(self.code, x, batch_size=batch_size)

    def interpolate(self, x0, x1, steps: int = 8, *, batch_size: int = 256) -> np.ndarray:
        """Samples on the way from the codes of x0 to those of x1.

        As for models that do not encode, but between examples (n, *shape): the samples at the
        ends are what the model makes of x0 and x1.
        """
        z0, z1 = (self.encode(x, batch_size=batch_size) for x in (x0, x1))
        return super().interpolate(z0, z1, steps, batch_size=batch_size)

    def signatures(self):
        encode = Signature(self.code, {self.spec.name: self.spec.tensor}, output="z")
        return {**super().signatures(), "encode": encode}


class Infers(Encodes):
    """A model that also has `posterior(y)`, mean and log_var of a Gaussian q(z|y), (batch,
    latent_dim) each, and a p(y | z) of its own: itself an observation, see `Decodes`.

    The prior of z is N(0, 1).
    """

    def observation(self, observation_std=None):
        return self if observation_std is None else super().observation(observation_std)

    def posterior_draws(self, y, seed, k: int):
        """Of k draws z of q(z|y) for each y (n, *shape), traceable.

        Returns:
            log p(y | z) - KL(q(z|y) || p(z)) and log p(y, z) / q(z|y), (n, k) each.
        """
        mean, log_var = self.posterior(y)
        shape = (ops.shape(y)[0], k, self.latent_dim)
        noise = draw("normal", shape, self.seeded(seed))
        z = mean[:, None] + ops.exp(0.5 * log_var)[:, None] * noise
        log_prob = self.log_prob_given(
            ops.repeat(y, k, axis=0), ops.reshape(z, (-1, self.latent_dim))
        )
        log_prob = ops.reshape(log_prob, (-1, k))
        # log q(z|y) - log p(z): what both densities have in 2 pi cancels.
        log_ratio = 0.5 * ops.sum(z**2 - noise**2 - log_var[:, None], axis=-1)
        kl = losses.kl_from_standard_normal(mean, log_var)
        return log_prob - kl[:, None], log_prob - log_ratio

    def likelihood_methods(self):
        methods = {"elbo": self._elbo, "iwae": self._iwae}
        return methods | {"ais": super().likelihood_methods()["ais"]}

    def _elbo(self, x, *, k=1, seed, batch_size):
        return self._over_draws(x, 0, RunningMean, k, seed, batch_size, verbose=0)

    def _iwae(self, x, *, k=5000, seed, batch_size, verbose=0):
        return self._over_draws(x, 1, RunningLogMeanExp, k, seed, batch_size, verbose)

    def _over_draws(self, x, which, mean, k, seed, batch_size, verbose):
        """The mean over k of one of the `posterior_draws`, and its error; (n,) each."""
        whole_number("k", k)
        rng = np.random.default_rng(seed)
        seeds = self.seeded(int(rng.integers(2**31)))
        chunk = min(k, batch_size)
        chunks = [min(chunk, k - i) for i in range(0, k, chunk)]
        group = max(1, batch_size // chunk)
        progress = keras.utils.Progbar(math.ceil(len(x) / group) * len(chunks), verbose=verbose)
        results = []
        for i in range(0, len(x), group):
            y = self.observed(ops.convert_to_tensor(x[i : i + group]), seeds)
            of_group = mean()
            for draws in chunks:
                step_seed = ops.convert_to_tensor(np.int32(rng.integers(2**31)))
                values = self.compiled_function(self.posterior_draws, k=draws)(y, step_seed)[which]
                of_group.update(ops.convert_to_numpy(values))
                progress.add(1)
            results.append(of_group.result())
        nats, errors = zip(*results, strict=True)
        return np.concatenate(nats), np.concatenate(errors)


class GaussianObservation:
    """p(x | z) = N(x; decode_mean(z), std^2).

    Images are dequantized to (x + u) / 256, and what is decoded is put on the same scale. The
    density there, minus D ln 256, bounds from below the log-mass of the pixels under a model that
    adds this noise and takes the bin.
    """

    def __init__(self, model: Decodes, std: float):
        number_between("observation_std", std, 0.0, math.inf)
        self.model, self.log_var = model, 2.0 * math.log(std)

    def observed(self, x, seed):
        return dequantize(x, seed) if self.model.spec.is_image else ops.cast(x, "float32")

    def mean(self, z):
        mean = self.model.decode_mean(z)
        return (mean + 0.5) / 256.0 if self.model.spec.is_image else mean

    def log_prob_given(self, y, z):
        log_prob = losses.normal_log_prob(y, self.mean(z), self.log_var)
        size = self.model.spec.size
        return log_prob - size * NATS_PER_PIXEL_BIN if self.model.spec.is_image else log_prob

    def draw_given(self, z, seed):
        mean = self.mean(z)
        return mean + math.exp(0.5 * self.log_var) * draw("normal", ops.shape(mean), seed)
