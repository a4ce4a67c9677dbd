"""Every model in small, with data to match: what the tests that hold for all models run over."""

from dataclasses import dataclass, field

import numpy as np
import pytest

import keras_genzoo as zoo

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), dtype=np.uint8)
VECTORS = np.random.default_rng(1).normal(size=(60, 3)).astype("float32")
IMAGE, COLOR, VECTOR = {"image_shape": (8, 8, 1)}, {"image_shape": (8, 8, 3)}, {"num_features": 3}


@dataclass(frozen=True, eq=False)
class Case:
    """A model in small, and all that a test of any model must know about this one.

    A new model's tests should take 8 s of TensorFlow's, 10 s of JAX's and 2 s of PyTorch's; the
    last lines of pytest's output have each case's: keep to 8x8 pixels and widths of 8.

    Args:
        cls: The model's class.
        arguments: Its constructor's.
        can: What it does besides sampling: its further signatures, methods by the same names.
        predicts: What `predict` takes: "examples" or "latents".
        still: Trainable variables that no gradient moves, as (network, index).
        dense: Whether it has no convolutions, so that XLA compiles it on a CPU.
        batch_size: Of its training.
        epochs: Of its training.
    """

    cls: type
    arguments: dict = field(default_factory=dict)
    can: tuple[str, ...] = ()
    predicts: str = "examples"
    still: tuple[tuple[str, int], ...] = ()
    dense: bool = False
    batch_size: int = 20
    epochs: int = 2

    @property
    def is_image(self) -> bool:
        return "num_features" not in self.arguments

    @property
    def x(self) -> np.ndarray:
        if not self.is_image:
            return VECTORS
        return np.repeat(PIXELS, self.arguments["image_shape"][-1], axis=-1)

    def build(self, **more):
        return self.cls(**self.arguments, **more)


# What a family shares.
GAN = {"can": ("decode",), "predicts": "latents"}
# f(x) - f(G(z)) does not depend on the critic's last bias.
WASSERSTEIN = GAN | {"still": (("critic", -1),)}
VAE = {"can": ("decode", "encode", "reconstruct", "log_likelihood"), "dense": True}
FLOW = {"can": ("decode", "encode", "log_likelihood"), "dense": True}
AUTOREGRESSIVE = {"can": ("log_likelihood",)}

SMALL = {"latent_dim": 6, "width": 8}
CASES = {
    "dcgan": Case(zoo.DCGAN, IMAGE | SMALL, **GAN),
    "wgan_gp": Case(zoo.WGANGP, IMAGE | SMALL | {"critic_steps": 2}, **WASSERSTEIN),
    "vae": Case(zoo.VAE, IMAGE | {"latent_dim": 4, "hidden_units": (16,)}, **VAE),
    "nice": Case(zoo.NICE, IMAGE | {"hidden_units": 16, "hidden_layers": 2}, **FLOW),
    "pixel_cnn": Case(
        zoo.PixelCNN, IMAGE | {"levels": 4, "num_blocks": 1, "width": 8}, **AUTOREGRESSIVE
    ),
}
# Other ways through the same files: on TensorFlow alone, but for the long tests.
VARIANTS = {
    "wgan_gp_vectors": Case(
        zoo.WGANGP, VECTOR | SMALL | {"critic_steps": 2}, **WASSERSTEIN, dense=True
    ),
    "vae_vectors": Case(zoo.VAE, VECTOR | {"latent_dim": 2, "hidden_units": (16,)}, **VAE),
    "vae_gaussian": Case(zoo.VAE, COLOR | {"latent_dim": 4, "likelihood": "gaussian"}, **VAE),
    "nice_vectors": Case(zoo.NICE, VECTOR | {"hidden_units": 16, "num_couplings": 3}, **FLOW),
    "pixel_cnn_color": Case(
        zoo.PixelCNN, COLOR | {"levels": 2, "num_blocks": 1, "width": 9}, **AUTOREGRESSIVE
    ),
}
ALL = CASES | VARIANTS
# What the engine does, it does for these; the other models show it in the long tests. They have:
# two networks and batch norm; several steps of one network and a gradient by the input; a dense
# network, which XLA compiles, and noise in its objective; a sampler that loops over pixels.
MECHANISMS = ("dcgan", "wgan_gp", "vae", "pixel_cnn")
# One of each, for what a user is promised of any.
FAMILIES = ("dcgan", "vae", "nice", "pixel_cnn")


def over(cases, *, core=ALL):
    """`cases` as parameters of tests; those of cases not in `core` are long tests."""
    return [
        pytest.param(case, id=name, marks=() if name in core else pytest.mark.long)
        for name, case in cases.items()
    ]
