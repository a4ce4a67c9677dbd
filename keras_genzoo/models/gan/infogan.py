"""InfoGAN: Chen, Duan, Houthooft, Schulman, Sutskever and Abbeel (2016), InfoGAN: Interpretable
Representation Learning by Information Maximizing Generative Adversarial Nets, arXiv:1606.03657.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.random import SeedGenerator
from numpy.typing import ArrayLike

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec, Source
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.models.gan.codes import LARGEST, Codes, Recognition
from keras_genzoo.models.inversion import Inversion
from keras_genzoo.models.latent import Encoding
from keras_genzoo.networks.infogan import build_discriminator, build_generator
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.checks import number_between, weight, whole_number
from keras_genzoo.support.types import Tensor


@keras.saving.register_keras_serializable("keras_genzoo")
class InfoGAN(Encoding, Adversarial):
    """Information maximizing GAN: beside noise z, a generator takes codes c, and learns to make
    examples that the codes can be read from; so they come to stand for what differs most among
    the data.

    Objective: min_{G, Q} max_D V(D, G) - lambda L(G, Q), where V is GAN's and L = E log Q(c | G(z,
    c)) + H(c) a lower bound of the mutual information I(c; G(z, c)). In turn, one step each, the
    discriminator and the recognition network Q, which share all layers but their last, minimize
    -log D(x) - log(1 - D(G(z, c))) - lambda L, and the generator -log D(G(z, c)) - lambda L.

    Shapes: images uint8 (batch, height, width, channels) in 0..255, or vectors float32 (batch,
    features); z (batch, latent_dim), uniform in [-1, 1); codes (batch, sum(categories) +
    num_continuous): one-hot vectors, then numbers uniform in [-1, 1), which may be set to -2..2 as
    in the paper's figures. `codes(category=3, continuous=[0.5, 0.0])` writes them,
    `sample(8, codes=...)` draws samples of them, `encode(x)` reads them: the probabilities of each
    place and the means of Q(c | x). `decode(z, codes)`, `interpolate(z0, z1, codes=...)` and
    `invert(x)` take them as well. Exported: `sample`, `sample_codes` (codes, seed), `decode` (z,
    codes) and `encode`. There is no likelihood: AIS walks among continuous codes alone.

    Args:
        image_shape: (height, width, channels), for images; sides must halve: 8, 28, 32, 64, ...
        num_features: Instead of `image_shape`, for vectors.
        latent_dim: Dimensions of the noise z.
        categories: Places of each categorical code; [10] for MNIST, ten codes of ten for the
            paper's CelebA.
        num_continuous: How many continuous codes there are.
        width: Channels of the discriminator's first convolution; each further one doubles them,
            the generator mirrors it, and the dense layers have 16 times as many units. 64 is
            the paper's for MNIST.
        categorical_weight: lambda of the categorical codes.
        continuous_weight: lambda of the continuous codes. The authors' code for MNIST has 1 for
            both; where the deviation is learned, the paper advises a smaller one.
        continuous_std: The deviation of Q's Gaussians: 1 as in the authors' code for MNIST; None
            learns it for each example, as the paper's text has it.
        generator: A network of your own, [(batch, latent_dim), codes] -> (batch, *shape), images
            in [-1, 1].
        discriminator: A network of your own, (batch, *shape) -> [logits (batch, 1), Q's output]:
            for each code logits of its places, then means, then, where the deviation is learned,
            logarithms of variances.
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: An image shape that cannot be halved; no codes, or categories of one place;
            weights below 0; networks of other shapes. Of samples: codes out of range, which are
            not one-hot or beyond 2.

    `compile(loss=...)` takes "non_saturating" (default), "minimax", "least_squares", "hinge",
    "relativistic", or a pair of functions, as `DCGAN` does.

    Logs: `discriminator_loss`, `generator_loss` and the latter as `loss`, both with their share of
    the bound; `categorical_information` and `continuous_information`, the bound L in nats, without
    lambda, in the generator's step. The first is at most H(c), ln 10 for ten places; the second,
    with a deviation of 1, stays below 0: -0.45 for two codes that are read without an error.

    Departures from the paper: pixels in [-1, 1] by tanh, where the authors' code has [0, 1] by the
    sigmoid; sizes other than 28x28 take as many stages as they halve; other networks, for faces and
    chairs, are not built.

    Example:
        ```python
        model = zoo.InfoGAN(image_shape=(28, 28, 1))
        model.compile()
        model.fit(zoo.data.load("mnist", batch_size=128), epochs=50)
        threes = model.sample(64, codes=model.codes(category=3, continuous=[0.5, 0.0]), seed=0)
        ```

    Reference: arXiv:1606.03657.
    """

    named_losses = losses.named(
        "non_saturating", "minimax", "least_squares", "hinge", "relativistic"
    )

    def __init__(
        self,
        image_shape: Sequence[int] | None = None,
        num_features: int | None = None,
        latent_dim: int = 62,
        categories: Sequence[int] = (10,),
        num_continuous: int = 2,
        width: int = 64,
        categorical_weight: float = 1.0,
        continuous_weight: float = 1.0,
        continuous_std: float | None = 1.0,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        **kwargs,
    ):
        spec = DataSpec.of(image_shape, num_features)
        super().__init__(spec, latent_dim, prior="uniform", **kwargs)
        self.categories = tuple(whole_number("each of categories", n, least=2) for n in categories)
        self.num_continuous = whole_number("num_continuous", num_continuous, least=0)
        self.width = whole_number("width", width)
        self.categorical_weight = weight("categorical_weight", categorical_weight)
        self.continuous_weight = weight("continuous_weight", continuous_weight)
        if continuous_std is not None:
            number_between("continuous_std", continuous_std, 0, float("inf"))
        self.continuous_std = continuous_std
        self.code_spec = Codes(self.categories, self.num_continuous)
        self.recognition = Recognition(self.code_spec, continuous_std)
        self.remember_injected(generator=generator, discriminator=discriminator)
        size, outputs = self.code_spec.size, self.recognition.size
        with self.own_precision():
            self.generator = self.adopt_generator(
                generator or build_generator(spec.shape, latent_dim, size, width)
            )
            self.discriminator = self.adopt_judge(
                discriminator or build_discriminator(spec.shape, outputs, width),
                "discriminator",
                outputs=[(outputs,)],
            )
        self.track("discriminator_loss", "categorical_information", "continuous_information")

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {
            "discriminator": keras.optimizers.Adam(2e-4, beta_1=0.5),
            "generator": keras.optimizers.Adam(1e-3, beta_1=0.5),
        }

    # ------------------------------------------------------------------ training

    def train_step(self, data):
        (x,) = self.real(data)
        discriminator_loss = self.minimize("discriminator", self.discriminator_loss, x)
        logs = self.minimize("generator", self.generator_losses, x)
        self.update_average()
        return self.report(
            discriminator_loss=discriminator_loss, generator_loss=logs.pop("loss"), **logs
        )

    def test_step(self, data):
        (x,), how = self.real(data), {"seed": self.test_noise(), "training": False}
        discriminator_loss = self.discriminator_loss(x, **how)
        logs = self.generator_losses(x, **how)
        return self.report(
            discriminator_loss=discriminator_loss, generator_loss=logs.pop("loss"), **logs
        )

    def discriminator_loss(  # type: ignore[override]
        self, x: Tensor, *, seed: SeedGenerator | None = None, training: bool = True
    ) -> Tensor:
        """Of both D and Q, on examples x, as the networks see them, and as many fakes: (batch,)."""
        seed = self.noise if seed is None else seed
        fake, codes = self.fakes_and_codes(ops.shape(x)[0], seed, training)
        x, fake = (self.augmented(y, seed, training) for y in (x, ops.stop_gradient(fake)))
        logits, q = self.discriminator(fake, training=training)
        loss = self.judge_loss(self.judge(x, training=training), logits, training)
        penalty = self.judge_penalty(lambda y: self.judge(y, training=training), x, fake, seed)
        return loss + penalty - self.weighed(*self.recognition.information(q, codes))

    def generator_losses(
        self, x: Tensor, *, seed: SeedGenerator | None = None, training: bool = True
    ) -> dict[str, Tensor]:
        """On as many fakes as there are examples x, at which some losses look: a dict of (batch,),
        "loss" and both parts of the bound.
        """
        seed = self.noise if seed is None else seed
        fake, codes = self.fakes_and_codes(ops.shape(x)[0], seed, training)
        logits, q = self.discriminator(self.augmented(fake, seed, training), training=training)
        categorical, continuous = self.recognition.information(q, codes)
        loss = self.fool_loss(logits, lambda: self.judged(x, seed=seed, training=training))
        return {
            "loss": loss + self.generator_penalty() - self.weighed(categorical, continuous),
            "categorical_information": categorical,
            "continuous_information": continuous,
        }

    def weighed(self, categorical: Tensor, continuous: Tensor) -> Tensor:
        """lambda L, (batch,)."""
        return self.categorical_weight * categorical + self.continuous_weight * continuous

    def fakes_and_codes(
        self, n: int | Tensor, seed: SeedGenerator, training: bool = True
    ) -> tuple[Tensor, Tensor]:
        """n fresh fakes, (n, *shape), float32 on the networks' scale, and their codes."""
        inputs = self.draw_inputs(n, seed)
        fake = self.generator(list(inputs.values()), training=training)
        return ops.cast(fake, "float32"), inputs["codes"]

    def fakes(
        self, n: Any, labels: Any = None, *, seed: SeedGenerator, training: bool = True
    ) -> Tensor:
        return self.fakes_and_codes(n, seed, training)[0]

    def judge(self, x: Tensor, labels: Any = None, training: bool = True) -> Tensor:
        return self.discriminator(x, training=training)[0]

    # ------------------------------------------------------------------ codes and samples

    def codes(
        self, category: ArrayLike | None = None, continuous: ArrayLike | None = None
    ) -> np.ndarray:
        """Codes for `sample` and `decode`, float32 (n, size); n is 1 where one is described.

        Args:
            category: A number from 0 on, or (n,) of them; where there are several categorical
                codes, one of each: (k,) or (n, k).
            continuous: (num_continuous,), or (n, num_continuous), in [-2, 2]; None for zeros.

        Raises:
            ValueError: Numbers out of range, or not as many as there are codes.
        """
        return self.code_spec.written(category, continuous)

    def inputs(self) -> Mapping[str, Source]:
        return {**super().inputs(), "codes": self.code_spec}

    def generate(self, z: Tensor, codes: Tensor) -> Tensor:  # type: ignore[override]
        """Samples from latents z (batch, latent_dim) and codes (batch, size)."""
        return self.scale.examples(self.decoded(z, codes))

    def decoded(  # type: ignore[override]
        self, z: Tensor, codes: Tensor, training: bool = False
    ) -> Tensor:
        generator = self.in_use("generator", training)
        return ops.cast(generator([z, codes], training=training), "float32")

    def told(self, labels: Any, n: int) -> tuple[np.ndarray, ...]:
        """The codes that a decoder is told beside z."""
        if labels is None:
            raise ValueError(
                f"Expected codes beside z, {self.code_spec.shape} for all or one of each of {n}; "
                "got None. Write them by model.codes(...)."
            )
        return (self.code_spec.given("codes", labels, n),)

    def decode(
        self, z: np.ndarray, codes: ArrayLike | None = None, *, batch_size: int = 256
    ) -> np.ndarray:
        """Samples (n, *shape) from latents z (n, latent_dim) and codes, (size,) for all samples or
        (n, size): uint8 images or float32 vectors.
        """
        return super().decode(z, codes, batch_size=batch_size)

    def interpolate(  # type: ignore[override]
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        steps: int = 8,
        *,
        codes: ArrayLike,
        batch_size: int = 256,
    ) -> np.ndarray:
        """Samples (n, steps, *shape) on the straight lines from latents z0 to z1, ends included,
        of codes (size,) for all lines or (n, size).
        """
        return self.decode_between(z0, z1, codes, steps, batch_size)

    def invert(  # type: ignore[override]
        self, x: np.ndarray, *, codes: ArrayLike | None = None, **settings
    ) -> Inversion:
        """Latents z that, beside codes, decode to something near to examples x: see
        `Decoding.invert`, whose `settings` these are. None for the codes that `encode` reads.
        """
        if codes is None:
            codes = self.code_spec.nearest(self.encode(x))
        return super().invert(x, labels=codes, **settings)

    def code(self, x: Tensor, *labels: Any, **named: Any) -> Tensor:
        """Probabilities and means of Q(c | x), (batch, size). Traceable."""
        q = self.discriminator(self.scale.numbers(x), training=False)[1]
        return self.recognition.read(q)

    def call(self, inputs):
        return self.code(inputs)

    @property
    def call_spec(self) -> DataSpec:
        return self.spec

    def likelihood_methods(self) -> dict[str, Callable]:
        return {}

    def signatures(self) -> dict[str, Signature]:
        codes = {"codes": ((None, self.code_spec.size), "float32")}
        z = {"z": ((None, self.latent_dim), "float32")}
        ranges, name = {"codes": (-LARGEST, LARGEST), "seed": (0, 2**63 - 1)}, self.spec.name
        of_codes = codes | {"seed": ((), "int64")}
        return {
            **self.sample_signatures(),
            "sample_codes": Signature(self.samples_of, of_codes, name, draws=True, ranges=ranges),
            "decode": Signature(self.generate, z | codes, name, ranges=ranges),
            "encode": Signature(self.code, {name: self.spec.tensor}, "codes"),
        }

    def samples_of(self, codes: Tensor, seed: Tensor) -> Tensor:
        """A sample of each of codes (n, size), as one function of tensors."""
        return self.samples_in_graph(ops.shape(codes)[0], seed, codes=codes)
