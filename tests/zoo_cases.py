"""Every model in small, with data to match: what the tests that hold for all models run over."""

from dataclasses import dataclass, field

import numpy as np

import keras_genzoo as zoo

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), dtype=np.uint8)
VECTORS = np.random.default_rng(1).normal(size=(60, 3)).astype("float32")
IMAGE, COLOR, VECTOR = {"image_shape": (8, 8, 1)}, {"image_shape": (8, 8, 3)}, {"num_features": 3}


@dataclass
class Case:
    """A model's class and arguments, and the shape of one example."""

    cls: type
    arguments: dict = field(default_factory=dict)

    @property
    def x(self) -> np.ndarray:
        if "num_features" in self.arguments:
            return VECTORS
        return np.repeat(PIXELS, self.arguments["image_shape"][-1], axis=-1)

    def build(self, **more):
        return self.cls(**self.arguments, **more)


GAN = {"latent_dim": 6, "width": 8}
CASES = {
    "dcgan": Case(zoo.DCGAN, IMAGE | GAN),
    "wgan_gp": Case(zoo.WGANGP, IMAGE | GAN | {"critic_steps": 2}),
    "vae": Case(zoo.VAE, IMAGE | {"latent_dim": 4, "hidden_units": (16,)}),
    "nice": Case(zoo.NICE, IMAGE | {"hidden_units": 16, "hidden_layers": 2}),
    "pixel_cnn": Case(zoo.PixelCNN, IMAGE | {"levels": 4, "num_blocks": 1, "width": 8}),
}
VARIANTS = {
    "wgan_gp_vectors": Case(zoo.WGANGP, VECTOR | GAN | {"critic_steps": 2}),
    "vae_vectors": Case(zoo.VAE, VECTOR | {"latent_dim": 2, "hidden_units": (16,)}),
    "vae_gaussian": Case(zoo.VAE, COLOR | {"latent_dim": 4, "likelihood": "gaussian"}),
    "nice_vectors": Case(zoo.NICE, VECTOR | {"hidden_units": 16, "num_couplings": 3}),
    "pixel_cnn_color": Case(zoo.PixelCNN, COLOR | {"levels": 2, "num_blocks": 1, "width": 9}),
}
