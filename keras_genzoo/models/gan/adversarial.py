"""What adversarial models share: two networks, latents, and a generator to sample from."""

import keras
import numpy as np

from keras_genzoo.engine import DataSpec, GenerativeModel, from_signed_unit


class Adversarial(GenerativeModel):
    """A generator against another network that judges it.

    Images pass between the networks as float32 in [-1, 1]; vectors as they are.

    Args:
        spec: Shape of one example.
        latent_dim: Dimensions of the generator's input z.
        **kwargs: Those of any Keras model.
    """

    # Name -> (loss of the judge on real and fake logits, loss of the generator on fake logits),
    # each per example; the first is the paper's.
    named_losses: dict[str, tuple] = {}

    def __init__(self, spec: DataSpec, latent_dim: int, **kwargs):
        if not isinstance(latent_dim, int | np.integer) or latent_dim < 1:
            raise ValueError(f"Expected latent_dim, a positive integer; got {latent_dim!r}.")
        super().__init__(spec, **kwargs)
        self.latent_dim = latent_dim

    def set_loss(self, loss):
        if loss is None:
            loss = next(iter(self.named_losses))
        if isinstance(loss, str) and loss not in self.named_losses:
            raise ValueError(
                f"{type(self).__name__} knows the losses {list(self.named_losses)}; got {loss!r}."
            )
        pair = self.named_losses[loss] if isinstance(loss, str) else loss
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(map(callable, pair))):
            raise ValueError(
                f"Expected loss, one of {list(self.named_losses)} or a pair of functions (of "
                f"the real and fake logits, of the fake logits); got {loss!r}."
            )
        self.loss_given = loss
        self.judge_loss, self.fool_loss = pair

    def get_loss(self):
        if isinstance(self.loss_given, str):
            return self.loss_given
        return [keras.saving.serialize_keras_object(function) for function in self.loss_given]

    def adopt_generator(self, generator):
        """A generator (batch, latent_dim) -> (batch, *shape), checked."""
        return _adopt(generator, "generator", (self.latent_dim,), self.spec.shape)

    def adopt_judge(self, judge, role: str):
        """A discriminator or critic (batch, *shape) -> logits (batch, 1), checked."""
        return _adopt(judge, role, self.spec.shape, (1,))

    @property
    def noise_shape(self):
        return (self.latent_dim,)

    def generate(self, noise):
        """Samples from latents (batch, latent_dim)."""
        y = self.generator(noise, training=False)
        return from_signed_unit(y) if self.spec.is_image else keras.ops.cast(y, "float32")

    def call(self, inputs):
        return self.generate(inputs)

    def decode(self, z, *, batch_size: int = 256) -> np.ndarray:
        """Samples (n, *shape) from latents z (n, latent_dim): uint8 images or float32 vectors."""
        z = np.asarray(z, "float32")
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"Expected z of shape (n, {self.latent_dim}); got {z.shape}.")
        return self.in_batches(self.generate, z, batch_size=batch_size)

    def signatures(self):
        z = {"z": ((None, self.latent_dim), "float32")}
        return {**super().signatures(), "decode": (self.generate, z)}

    def get_config(self):
        return {**super().get_config(), "latent_dim": self.latent_dim}


def _adopt(network, role, input_shape, output_shape):
    """The network, built, once its shapes fit."""
    if not isinstance(network, keras.Layer):
        raise ValueError(f"Expected {role}, a Keras model or layer; got {network!r}.")
    if not network.built:
        network.build((None, *input_shape))
    output = network.compute_output_shape((None, *input_shape))
    if tuple(output[1:]) != tuple(output_shape):
        raise ValueError(
            f"Expected a {role} that maps (batch, {_list(input_shape)}) to "
            f"(batch, {_list(output_shape)}); this one gives {tuple(output)}."
        )
    return network


def _list(shape):
    return ", ".join(map(str, shape))
