"""TinyGAN: Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio (2014),
Generative Adversarial Nets, arXiv:1406.2661.
"""

import keras

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.models.gan.adversarial import Adversarial
from keras_genzoo.networks.mlp import build_mlp


@keras.saving.register_keras_serializable("keras_genzoo")
class TinyGAN(Adversarial):
    """The first adversarial model, of vectors: two networks with one hidden layer each."""

    named_losses = {
        "non_saturating": (
            losses.minimax_discriminator_loss,
            losses.non_saturating_generator_loss,
        )
    }

    def __init__(self, num_features: int = 2, latent_dim: int = 2, width: int = 64, **kwargs):
        super().__init__(DataSpec.of(None, num_features), latent_dim, **kwargs)
        self.width = width
        shape, z = self.spec.shape, (latent_dim,)
        with self.own_precision():
            self.generator = self.adopt_generator(build_mlp(z, [width], shape, name="generator"))
            judge = build_mlp(shape, [width], (1,), name="discriminator")
            self.discriminator = self.adopt_judge(judge, "discriminator")
        self.track("discriminator_loss")

    def default_optimizers(self):
        return {name: keras.optimizers.Adam(1e-3, beta_1=0.5) for name in self.networks()}

    def train_step(self, data):
        real = self.real(data)
        judged = self.minimize("discriminator", self.discriminator_loss, *real)
        fooled = self.minimize("generator", self.generator_loss, *real)
        return self.report(discriminator_loss=judged, generator_loss=fooled)
