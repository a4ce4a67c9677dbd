"""WGAN: Arjovsky, Chintala and Bottou (2017), Wasserstein GAN, arXiv:1701.07875."""

from collections.abc import Sequence

import keras
from keras import ops
from keras.random import SeedGenerator

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks.dcgan import build_discriminator, build_generator
from keras_genzoo.networks.mlp import build_mlp
from keras_genzoo.support.checks import number_between, whole_number
from keras_genzoo.support.types import Tensor


@keras.saving.register_keras_serializable("keras_genzoo")
class WGAN(Adversarial):
    """Wasserstein GAN: the generator comes as near to the data, in the earth mover's distance, as a
    critic with bounded weights can tell.

    Objective: the critic f minimizes f(G(z)) - f(x), and after each update its weights are cut to
    [-clip, clip], which bounds its slopes; after `critic_steps` such updates the generator
    minimizes -f(G(z)) once.

    One batch of `fit` holds the real examples of one whole step: it is dealt out to the critic's
    updates, so that each sees real examples of its own. For the paper's m = 64 with 5 critic
    steps, give batches of 320.

    Shapes: images uint8 (batch, height, width, channels) in 0..255, or vectors float32 (batch,
    features); z (batch, latent_dim), standard normal.

    Args:
        image_shape: (height, width, channels), for images; sides must halve: 8, 28, 32, 64, ...
        num_features: Instead of `image_shape`, for vectors.
        latent_dim: Dimensions of z.
        width: Images: channels of the critic's first convolution, in DCGAN's networks; None for 64.
            Vectors: units of three layers; None for 512.
        critic_steps: n_critic, critic updates for each of the generator.
        clip: c. So small a critic is slow: of vectors 0.05 learns faster.
        batch_norm: Whether generator and critic have it, as in the paper; vectors have none unless
            told. None for that.
        generator: A network of your own, (batch, latent_dim) -> (batch, *shape), images in [-1, 1].
        critic: A network of your own, (batch, *shape) -> (batch, 1).
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: A shape that cannot be halved; numbers that are not positive; networks of other
            shapes; batches with fewer examples than critic steps.

    `compile(loss=...)` takes "wasserstein" or a pair of functions, as `DCGAN` does.

    Logs: `critic_loss` and `wasserstein_estimate` = f(x) - f(G(z)), both of the last critic update:
    up to a factor the distance, which falls as samples get better; `generator_loss`, and the same
    as `loss`.

    Departures from the paper: the authors' code takes 100 critic steps for each of the first 25 of
    the generator, and in each five-hundredth; here they are `critic_steps` throughout.

    Example:
        ```python
        model = zoo.WGAN(image_shape=(28, 28, 1))
        model.compile()
        model.fit(zoo.data.load("digits", batch_size=320), epochs=100)
        ```

    Reference: arXiv:1701.07875.
    """

    named_losses = losses.named("wasserstein")

    def __init__(
        self,
        image_shape: Sequence[int] | None = None,
        num_features: int | None = None,
        latent_dim: int = 100,
        width: int | None = None,
        critic_steps: int = 5,
        clip: float = 0.01,
        batch_norm: bool | None = None,
        generator: keras.Model | None = None,
        critic: keras.Model | None = None,
        **kwargs,
    ):
        super().__init__(DataSpec.of(image_shape, num_features), latent_dim, **kwargs)
        self.width = width or (64 if self.spec.is_image else 512)
        self.critic_steps = whole_number("critic_steps", critic_steps)
        number_between("clip", clip, 0, float("inf"))
        self.clip = clip
        self.batch_norm = self.spec.is_image if batch_norm is None else batch_norm
        self.smallest_batch = self.batches_per_step = self.critic_steps
        self.remember_injected(generator=generator, critic=critic)
        with self.own_precision():
            self.generator = self.adopt_generator(generator or self._build_generator())
            self.critic = self.adopt_judge(critic or self._build_critic(), "critic")
        self.track("critic_loss", "wasserstein_estimate")

    def _build_generator(self):
        shape, width, norm = self.spec.shape, self.width, self.batch_norm
        if self.spec.is_image:
            return build_generator(shape, self.latent_dim, width, batch_norm=norm)
        hidden = [width] * 3
        return build_mlp((self.latent_dim,), hidden, shape, name="generator", batch_norm=norm)

    def _build_critic(self):
        shape, width, norm = self.spec.shape, self.width, self.batch_norm
        if self.spec.is_image:
            return build_discriminator(shape, width, norm, name="critic")
        return build_mlp(shape, [width] * 3, (1,), name="critic", batch_norm=norm)

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {name: keras.optimizers.RMSprop(5e-5) for name in self.networks()}

    def train_step(self, data):
        real = self.real(data)
        for own in self.dealt(self.critic_steps, *real):
            logs = self.minimize("critic", self.critic_loss, *own)
            for v in self.critic.trainable_variables:
                v.assign(ops.clip(v, -self.clip, self.clip))
        generator_loss = self.minimize("generator", self.generator_loss, *own)
        self.update_average()
        return self.report(critic_loss=logs.pop("loss"), **logs, generator_loss=generator_loss)

    def test_step(self, data):
        real, how = self.real(data), {"seed": self.test_noise(), "training": False}
        logs = self.critic_loss(*real, **how)
        generator_loss = self.generator_loss(*real, **how)
        return self.report(critic_loss=logs.pop("loss"), **logs, generator_loss=generator_loss)

    def critic_loss(
        self, x: Tensor, *, seed: SeedGenerator | None = None, training: bool = True
    ) -> dict[str, Tensor]:
        """On real examples x and as many fakes: a dict of (batch,)."""
        loss = self.discriminator_loss(x, seed=seed, training=training)
        return {"loss": loss, "wasserstein_estimate": -loss}
