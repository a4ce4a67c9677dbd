"""VEEGAN: Srivastava, Valkov, Russell, Gutmann and Sutton (2017), VEEGAN: Reducing Mode Collapse in
GANs using Implicit Variational Learning, arXiv:1705.07761.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops
from keras.random import SeedGenerator

from keras_genzoo import backends, losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.engine.adopt import LOGITS, adopt
from keras_genzoo.losses import AdversarialLoss
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.models.latent import Reconstructing
from keras_genzoo.networks.dcgan import build_discriminator, build_generator
from keras_genzoo.networks.mlp import build_mlp
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.checks import weight, whole_number
from keras_genzoo.support.types import Tensor


def build_convolutions(image_shape: Sequence[int], width: int, batch_norm: bool) -> tuple:
    """The image, and DCGAN's convolutions of it, flattened."""
    network = build_discriminator(image_shape, width, batch_norm)
    return network.inputs[0], network.layers[-1].input


def build_joint_discriminator(
    shape: Sequence[int], latent_dim: int, width: int, batch_norm: bool
) -> keras.Model:
    """[x, z] -> z joined to x, of images to their convolutions -> a layer -> one logit."""
    z = keras.Input((latent_dim,), name="z")
    if len(shape) == 1:
        x = h = keras.Input(shape, name="x")
        h = layers.Dense(width, activation="relu")(layers.Concatenate()([h, z]))
    else:
        x, h = build_convolutions(shape, width, batch_norm)
        h = layers.Dense(8 * width)(layers.Concatenate()([h, z]))
        h = layers.LeakyReLU(0.2)(h)
    return keras.Model([x, z], layers.Dense(1, dtype="float32")(h), name="discriminator")


def build_reconstructor(shape: Sequence[int], latent_dim: int, width: int) -> keras.Model:
    """x -> DCGAN's convolutions without batch norm, of vectors two layers -> z."""
    if len(shape) == 1:
        return build_mlp(tuple(shape), [width] * 2, (latent_dim,), name="reconstructor")
    x, h = build_convolutions(shape, width, batch_norm=False)
    z = layers.Dense(latent_dim, dtype="float32")(h)
    return keras.Model(x, z, name="reconstructor")


@keras.saving.register_keras_serializable("keras_genzoo")
class VEEGAN(Reconstructing, Adversarial):
    """Variational encoder enhancement to GANs: a reconstructor learns to turn what the generator
    makes back into its noise. Of examples that the generator does not make it gives what is not
    noise, which the discriminator sees: so the generator learns to make these, too.

    Objective: Algorithm 1 of the paper. In turn, one step each and of the same z and x,
    - the discriminator, of pairs, minimizes -log s(D(x, F(x))) - log(1 - s(D(G(z), z))), with the
      sigmoid s: its logit is then log p(x) p(z | x) / q(x | z) p(z);
    - the reconstructor F minimizes d(z, F(G(z))) = ||z - F(G(z))||^2, and nothing else;
    - the generator minimizes -D(G(z), z) + d(z, F(G(z))).

    The paper gives the discriminator the other sign: it says 1 of fakes, and the generator lowers
    D. As everywhere in the zoo, large logits mean real here, so `compile` takes the usual losses.

    Shapes: images uint8 (batch, height, width, channels) in 0..255, or vectors float32 (batch,
    features); z (batch, latent_dim), standard normal. `encode(x)` is F(x), `reconstruct(x)` is
    G(F(x)).

    Args:
        image_shape: (height, width, channels), for images; sides must halve: 8, 28, 32, 64, ...
        num_features: Instead of `image_shape`, for vectors.
        latent_dim: Dimensions of z; None for 100, of vectors 254, as in the authors' code.
        width: Images: channels of the first convolution. Vectors: units of the two hidden layers
            of G and F, and of the one of D. None for 64, of vectors 128, as in the authors' code.
        reconstruction_weight: Of d beside D in the generator's loss.
        reconstructor_std: The deviation of p(z | x) = N(F(x), std^2), of which the discriminator is
            shown a draw beside x; 0 shows it F(x). None for 0, of vectors 1, as in the authors'
            code: among its 254 dimensions the discriminator would tell F(x) by being flat. Of few
            dimensions a small one does better, 0.1 of 2: with 1, F(x) cannot become normal.
        batch_norm: Images: whether generator and discriminator have it, as in DCGAN. The
            reconstructor has none: its statistics would be those of examples and fakes mixed.
        generator: A network of your own, (batch, latent_dim) -> (batch, *shape), images in [-1, 1].
        discriminator: A network of your own, [(batch, *shape), (batch, latent_dim)] -> logits
            (batch, 1).
        reconstructor: A network of your own, (batch, *shape) -> (batch, latent_dim).
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: A shape that cannot be halved; networks of other shapes; weights below 0.

    `compile(loss=...)` takes "log_ratio" (default), the one above, whose generator lowers the
    estimate of a divergence; "non_saturating", "minimax", "least_squares", "hinge", or a pair of
    functions. Penalties of slopes are those by x and z together.

    Logs: `discriminator_loss`, `reconstruction_loss` = d, `generator_loss` with d, and the same as
    `loss`. None of them tells how good the samples are: for that monitor the figure of
    `callbacks.EvaluateSamples`.

    Departures from the paper: each network sees those as they are that were updated before it, in
    place of one update of all. The authors' code for vectors shows the generator one dimension of
    noise more, which is not reconstructed, and has half the square for d, the negative
    log-likelihood of a deviation of 1. Images have DCGAN's networks, z joined behind the
    convolutions.

    Example:
        ```python
        model = zoo.VEEGAN(num_features=2)
        model.compile()
        model.fit(zoo.data.load("grid", batch_size=500), epochs=200)
        ```

    Reference: arXiv:1705.07761.
    """

    averaged_networks = ("generator", "reconstructor")
    decodes_average = False
    named_losses = {
        "log_ratio": AdversarialLoss(
            losses.minimax_discriminator_loss, losses.wasserstein_generator_loss
        ),
        **losses.named("non_saturating", "minimax", "least_squares", "hinge"),
    }

    def __init__(
        self,
        image_shape: Sequence[int] | None = None,
        num_features: int | None = None,
        latent_dim: int | None = None,
        width: int | None = None,
        reconstruction_weight: float = 1.0,
        reconstructor_std: float | None = None,
        batch_norm: bool = True,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        reconstructor: keras.Model | None = None,
        **kwargs,
    ):
        spec = DataSpec.of(image_shape, num_features)
        latent_dim = (100 if spec.is_image else 254) if latent_dim is None else latent_dim
        super().__init__(spec, latent_dim, **kwargs)
        width = (64 if spec.is_image else 128) if width is None else width
        self.width, self.batch_norm = whole_number("width", width), batch_norm
        self.reconstruction_weight = weight("reconstruction_weight", reconstruction_weight)
        if reconstructor_std is None:
            reconstructor_std = 0.0 if spec.is_image else 1.0
        self.reconstructor_std = weight("reconstructor_std", reconstructor_std)
        self.remember_injected(
            generator=generator, discriminator=discriminator, reconstructor=reconstructor
        )
        shape = spec.shape
        with self.own_precision():
            self.generator = self.adopt_generator(generator or self._build_generator())
            self.discriminator = self.adopt_judge(
                discriminator or build_joint_discriminator(shape, latent_dim, width, batch_norm),
                "discriminator",
                inputs={"z": (latent_dim,)},
            )
            self.reconstructor = adopt(
                reconstructor or build_reconstructor(shape, latent_dim, width),
                "reconstructor",
                shape,
                (latent_dim,),
                LOGITS,
            )
        self.track("discriminator_loss", "reconstruction_loss")

    def _build_generator(self):
        shape, latent_dim = self.spec.shape, self.latent_dim
        if self.spec.is_image:
            return build_generator(shape, latent_dim, self.width, batch_norm=self.batch_norm)
        units = [self.width] * 2
        return build_mlp((latent_dim,), units, shape, name="generator")

    def networks(self) -> dict[str, list]:
        return {**super().networks(), "reconstructor": self.reconstructor.trainable_variables}

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        rate = 2e-4 if self.spec.is_image else 1e-3
        return {name: keras.optimizers.Adam(rate, beta_1=0.5) for name in self.networks()}

    # ------------------------------------------------------------------ training

    def train_step(self, data):
        (x,) = self.real(data)
        z = self.draw_z(ops.shape(x)[0], self.noise)
        logs = {
            "discriminator_loss": self.minimize("discriminator", self.discriminator_loss, x, z),
            "reconstruction_loss": self.minimize("reconstructor", self.reconstruction_loss, z),
            "generator_loss": self.minimize("generator", self.generator_loss, x, z),
        }
        self.update_average()
        return self.report(**logs)

    def test_step(self, data):
        (x,), how = self.real(data), {"seed": self.test_noise(), "training": False}
        z = self.draw_z(ops.shape(x)[0], how["seed"])
        return self.report(
            discriminator_loss=self.discriminator_loss(x, z, **how),
            reconstruction_loss=self.reconstruction_loss(z, training=False),
            generator_loss=self.generator_loss(x, z, **how),
        )

    def discriminator_loss(
        self,
        x: Tensor,
        z: Tensor | None = None,
        *,
        seed: SeedGenerator | None = None,
        training: bool = True,
    ) -> Tensor:
        """Of real pairs of examples x, as the networks see them, and of fake ones of latents z,
        which are drawn where they are None: (batch,).
        """
        seed = self.noise if seed is None else seed
        z = self.draw_z(ops.shape(x)[0], seed) if z is None else z
        x_fake = ops.cast(self.generator(z, training=training), "float32")
        real = ops.stop_gradient(self.real_pairs(x, seed, training))
        fake = ops.stop_gradient(self.pairs(x_fake, z, seed, training))

        def judge(pairs):
            return self.judge_pairs(pairs, training)

        loss = self.judge_loss(judge(real), judge(fake), training)
        return loss + self.judge_penalty(judge, real, fake, seed)

    def reconstruction_loss(self, z: Tensor, *, training: bool = True) -> Tensor:
        """d(z, F(G(z))), (batch,)."""
        x = ops.stop_gradient(self.generator(z, training=training))
        return self.distance(z, x, training)

    def generator_loss(
        self,
        x: Tensor,
        z: Tensor | None = None,
        *,
        seed: SeedGenerator | None = None,
        training: bool = True,
    ) -> Tensor:
        """Of fakes of latents z, which are drawn where they are None, with their d: (batch,)."""
        seed = self.noise if seed is None else seed
        z = self.draw_z(ops.shape(x)[0], seed) if z is None else z
        x_fake = ops.cast(self.generator(z, training=training), "float32")
        logits = self.judge_pairs(self.pairs(x_fake, z, seed, training), training)
        loss = self.fool_loss(
            logits, lambda: self.judge_pairs(self.real_pairs(x, seed, training), training)
        )
        distance = self.distance(z, x_fake, training)
        return loss + self.reconstruction_weight * distance + self.generator_penalty()

    def distance(self, z: Tensor, x: Tensor, training: bool) -> Tensor:
        """||z - F(x)||^2, (batch,)."""
        found = ops.cast(self.reconstructor(x, training=training), "float32")
        return ops.sum(ops.square(z - found), axis=-1)

    def pairs(self, x: Tensor, z: Tensor, seed: SeedGenerator, training: bool) -> Tensor:
        """What the discriminator is shown of pairs, each in a row: x, augmented, and z."""
        x = self.augmented(x, seed, training)
        return ops.concatenate([ops.reshape(x, (-1, self.spec.size)), z], axis=-1)

    def real_pairs(self, x: Tensor, seed: SeedGenerator, training: bool) -> Tensor:
        """Examples x with draws of p(z | x)."""
        z = ops.cast(self.reconstructor(x, training=training), "float32")
        if self.reconstructor_std:
            z = z + self.reconstructor_std * backends.normal(tuple(ops.shape(z)), seed)
        return self.pairs(x, z, seed, training)

    def judge_pairs(self, pairs: Tensor, training: bool) -> Tensor:
        """The discriminator's logits of pairs in rows."""
        x, z = pairs[:, : self.spec.size], pairs[:, self.spec.size :]
        x = ops.reshape(x, (-1, *self.spec.shape))
        return self.discriminator([x, z], training=training)

    def logits(
        self,
        x: Tensor,
        labels: Tensor | None = None,
        *,
        seed: SeedGenerator,
        training: bool = True,
    ) -> tuple[Tensor, Tensor]:
        z = self.draw_z(ops.shape(x)[0], seed)
        fake = ops.cast(self.generator(z, training=training), "float32")
        pairs = self.pairs(fake, z, seed, training), self.real_pairs(x, seed, training)
        fake_logits, real_logits = (self.judge_pairs(rows, training) for rows in pairs)
        return real_logits, fake_logits

    def shown(self, x: Tensor, labels: Tensor | None = None) -> list[Tensor]:
        return [x, self.reconstructor(x, training=False)]

    # ------------------------------------------------------------------ codes and samples

    def code(self, x: Tensor, *labels: Any, **named: Any) -> Tensor:
        """F(x), (batch, latent_dim). Traceable."""
        reconstructor = self.in_use("reconstructor")
        return ops.cast(reconstructor(self.scale.numbers(x), training=False), "float32")

    def signatures(self) -> dict[str, Signature]:
        return {
            **super().signatures(),
            "encode": self.encode_signature(),
            "reconstruct": self.reconstruct_signature(),
        }
