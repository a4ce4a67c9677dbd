"""WGAN-GP: Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville (2017), Improved Training of
Wasserstein GANs, arXiv:1704.00028.
"""

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
class WGANGP(Adversarial):
    """Wasserstein GAN with gradient penalty: the generator comes as near to the data, in the
    earth mover's distance, as a critic with slopes of length one can tell.

    Objective: the critic f minimizes f(G(z)) - f(x) + lambda (||grad f(x^)|| - 1)^2 where x^ lies
    uniformly on the line between x and G(z); after `critic_steps` such updates the generator
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
        width: Images: channels of the critic's first convolution. Vectors: units of the three
            layers, where None means the paper's 512. Images have 64 by default.
        critic_steps: Critic updates for each of the generator.
        penalty_weight: lambda. The authors' code has 0.1 for points in the plane: with 10, modes
            that are narrow beside their distance are found slowly.
        generator: A network of your own, (batch, latent_dim) -> (batch, *shape), images in
            [-1, 1].
        critic: A network of your own, (batch, *shape) -> (batch, 1), without batch norm: the
            penalty is on each example's slope.
        **kwargs: `name`, `dtype`.

    Raises:
        ValueError: A shape that cannot be halved; numbers that are not positive; networks of
            other shapes; batches with fewer examples than critic steps.

    `compile(loss=...)` takes "wasserstein" or a pair of functions, as `DCGAN` does.

    Logs: `critic_loss` with its penalty, `gradient_penalty` (before lambda),
    `wasserstein_estimate` = f(x) - f(G(z)), all of the last critic update; `generator_loss`, and
    the same as `loss`, which tells nothing about quality: the estimate does, and the figure of
    `callbacks.EvaluateSamples` (with mode="min", both).

    Departures from the paper: its images come from residual networks, these from DCGAN's, the
    critic without normalization (the paper's section 5.1 trains these as well).

    Example:
        ```python
        model = zoo.WGANGP(image_shape=(32, 32, 3))
        model.compile()
        model.fit(zoo.data.load("cifar10", batch_size=320), epochs=200)
        ```

    Reference: arXiv:1704.00028.
    """

    uses_input_gradient = True
    named_losses = losses.named("wasserstein")

    def __init__(
        self,
        image_shape: Sequence[int] | None = None,
        num_features: int | None = None,
        latent_dim: int = 128,
        width: int | None = None,
        critic_steps: int = 5,
        penalty_weight: float = 10.0,
        generator: keras.Model | None = None,
        critic: keras.Model | None = None,
        **kwargs,
    ):
        super().__init__(DataSpec.of(image_shape, num_features), latent_dim, **kwargs)
        self.width = width or (64 if self.spec.is_image else 512)
        self.critic_steps = whole_number("critic_steps", critic_steps)
        number_between("penalty_weight", penalty_weight, 0, float("inf"))
        self.penalty_weight = penalty_weight
        self.smallest_batch = self.batches_per_step = self.critic_steps
        self.remember_injected(generator=generator, critic=critic)
        with self.own_precision():
            self.generator = self.adopt_generator(generator or self._build_generator())
            self.critic = self.adopt_judge(critic or self._build_critic(), "critic")
        self.track("critic_loss", "gradient_penalty", "wasserstein_estimate")

    def _build_generator(self):
        if self.spec.is_image:
            return build_generator(self.spec.shape, self.latent_dim, self.width)
        return build_mlp((self.latent_dim,), [self.width] * 3, self.spec.shape, name="generator")

    def _build_critic(self):
        if self.spec.is_image:
            return build_discriminator(self.spec.shape, self.width, batch_norm=False, name="critic")
        return build_mlp(self.spec.shape, [self.width] * 3, (1,), name="critic")

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {
            name: keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9) for name in self.networks()
        }

    def train_step(self, data):
        real = self.real(data)
        for own in self.dealt(self.critic_steps, *real):
            logs = self.minimize("critic", self.critic_loss, *own)
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
        """On real examples x and as many fakes: a dict of (batch,), "loss" with the penalty, which
        is taken between what the critic sees of both.
        """
        seed = self.noise if seed is None else seed
        fake = self.fakes(ops.shape(x)[0], seed=seed, training=training)
        x, fake = (self.augmented(y, seed, training) for y in (x, ops.stop_gradient(fake)))

        def critic(y):
            return self.critic(y, training=training)

        loss = self.judge_loss(critic(x), critic(fake), training)
        penalty = losses.wgan_gp(critic, x, fake, seed)
        return {
            "loss": loss
            + self.penalty_weight * penalty
            + self.judge_penalty(critic, x, fake, seed),
            "gradient_penalty": penalty,
            "wasserstein_estimate": -loss,
        }
