"""What models share that have a latent vector z: `decode`, and for some `encode`."""

import numpy as np


class Decodes:
    """A model whose `generate` takes latents (batch, latent_dim): those are its noise."""

    @property
    def noise_shape(self):
        return (self.latent_dim,)

    def decode(self, z, *, batch_size: int = 256) -> np.ndarray:
        """Samples (n, *shape) from latents z (n, latent_dim): uint8 images or float32 vectors."""
        z = np.asarray(z, "float32")
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"Expected z of shape (n, {self.latent_dim}); got {z.shape}.")
        return self.in_batches(self.generate, z, batch_size=batch_size)

    def signatures(self):
        z = {"z": ((None, self.latent_dim), "float32")}
        return {**super().signatures(), "decode": (self.generate, z)}


class Encodes(Decodes):
    """A model that also has a `code(x)`, traceable: the latents (batch, latent_dim) of a batch."""

    def encode(self, x, *, batch_size: int = 256) -> np.ndarray:
        """Latents (n, latent_dim), float32, of images in 0..255 or vectors."""
        self.spec.check(x)
        return self.in_batches(self.code, x, batch_size=batch_size)

    def signatures(self):
        return {**super().signatures(), "encode": (self.code, {"x": self.spec.tensor})}
