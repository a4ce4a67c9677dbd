"""NICE: Dinh, Krueger and Bengio (2014), Non-linear Independent Components Estimation,
arXiv:1410.8516.
"""

import keras
import numpy as np
from keras import layers, ops

from keras_genzoo import losses
from keras_genzoo.engine import DataSpec
from keras_genzoo.engine.adopt import adopt
from keras_genzoo.layers import AdditiveCoupling
from keras_genzoo.likelihood.likelihood import LikelihoodModel
from keras_genzoo.models.latent import Encodes
from keras_genzoo.probability.pixels import NATS_PER_PIXEL_BIN, dequantize, quantize
from keras_genzoo.support.checks import whole_number


def build_coupling_network(inputs: int, outputs: int, units: int, depth: int) -> keras.Model:
    """`depth` ReLU layers and a linear one."""
    x = h = keras.Input((inputs,))
    for _ in range(depth):
        h = layers.Dense(units, activation="relu")(h)
    return keras.Model(x, layers.Dense(outputs, dtype="float32")(h))


class Scaling(keras.layers.Layer):
    """h -> exp(s) h, the diagonal that lets NICE change volume; log-determinant sum(s)."""

    def build(self, input_shape):
        self.log_scale = self.add_weight(
            shape=(input_shape[-1],), initializer="zeros", name="log_scale", dtype="float32"
        )

    def call(self, h):
        return h * ops.exp(self.log_scale)

    def inverse(self, z):
        return z * ops.exp(-self.log_scale)


@keras.saving.register_keras_serializable("keras_genzoo")
class NICE(Encodes, LikelihoodModel):
    """A reversible flow of additive couplings: the exact density of x, and exact codes.

    Objective: maximize log p(x) = sum_i log p_logistic(z_i) + sum_i s_i, with

        h_0 = x split into even and odd entries; each coupling adds a network of one half to the
        other, taking turns; z = exp(s) h_4.

    The prior is the standard logistic, in training and in sampling. Images are dequantized to
    (x + u) / 256 in [0, 1), and `log_likelihood` is that of the 256-valued pixels: the density on
    [0, 1] minus D ln 256. The paper prints the density, `log_likelihood + D ln 256`.

    Shapes: images uint8 (batch, height, width, channels) in 0..255, or vectors float32 (batch,
    features) with at least two; z (batch, D), even entries first.

    Args:
        image_shape: (height, width, channels), for images.
        num_features: Instead of `image_shape`, for vectors.
        num_couplings: Coupling layers.
        hidden_units: Units of a coupling network's hidden layers.
        hidden_layers: How many of these it has.
        coupling_networks: Networks of your own in place of these, one for each coupling: from
            one half of the dimensions to the other, the even half first.
        **kwargs: `name`, `dtype`.

    Logs: `nll`, in nats, and `bits_per_dim`; `loss` is the `nll`.

    Departures from the paper: no whitening or rescaling of the data for color images.

    Example:
        model = zoo.NICE(image_shape=(28, 28, 1))
        model.compile()
        model.fit(zoo.data.load("mnist", batch_size=200), epochs=150)
        nats = model.log_likelihood(images)

    Reference: arXiv:1410.8516.
    """

    noise_kind = "logistic"

    def __init__(
        self,
        image_shape=None,
        num_features: int | None = None,
        num_couplings: int = 4,
        hidden_units: int = 1000,
        hidden_layers: int = 5,
        coupling_networks: list | None = None,
        **kwargs,
    ):
        super().__init__(DataSpec.of(image_shape, num_features), **kwargs)
        self.num_couplings = whole_number("num_couplings", num_couplings)
        self.hidden_units, self.hidden_layers = hidden_units, hidden_layers
        size = self.latent_dim = self.spec.size
        if size < 2:
            raise ValueError(f"Expected data of at least 2 dimensions; got {self.spec.shape}.")
        if coupling_networks is not None and len(coupling_networks) != num_couplings:
            raise ValueError(
                f"Expected {num_couplings} coupling_networks; got {len(coupling_networks)}."
            )
        # z holds the even entries, then the odd ones; `_order` puts them back.
        self._order = np.argsort(np.r_[0:size:2, 1:size:2])
        even, odd = (size + 1) // 2, size // 2
        self.couplings = []
        with self.own_precision():
            for i in range(num_couplings):
                inputs, outputs = (even, odd) if i % 2 == 0 else (odd, even)
                network = (
                    build_coupling_network(inputs, outputs, hidden_units, hidden_layers)
                    if coupling_networks is None
                    else coupling_networks[i]
                )
                network = adopt(network, f"coupling network {i}", (inputs,), (outputs,))
                self.couplings.append(AdditiveCoupling(network))
            self.scaling = Scaling(dtype="float32")
            self.scaling.build((None, size))
        self.coupling_networks = [coupling.network for coupling in self.couplings]
        self.remember_injected(coupling_networks=coupling_networks)

    def networks(self):
        return {"flow": self.trainable_variables}

    def default_optimizers(self):
        return {"flow": keras.optimizers.Adam(1e-3, beta_1=0.9, beta_2=0.99, epsilon=1e-4)}

    def train_step(self, data):
        x = self.batch(data)
        loss = self.minimize("flow", lambda: self.objective(x, self.noise, training=True))
        return self.report(**loss)

    def objective(self, x, seed, training=False):
        if not self.spec.is_image:
            return {"loss": -self.log_density(x, training)}
        log_density = self.log_density(dequantize(x, seed), training)
        return {"loss": self.spec.size * NATS_PER_PIXEL_BIN - log_density}

    def log_density(self, y, training=False):
        """log p of real-valued y (batch, *shape), on [0, 1) for images: (batch,) nats."""
        z, log_det = self.transform(y, training)
        return losses.logistic_log_prob(z) + log_det

    def transform(self, y, training=False):
        """y (batch, *shape) -> z (batch, D) and log |det dz/dy|, a scalar: the same for all y.

        Not `forward`: on PyTorch that is what calling a layer calls.
        """
        h = ops.reshape(ops.cast(y, "float32"), (-1, self.spec.size))
        a, b = h[:, 0::2], h[:, 1::2]
        for coupling in self.couplings:
            a, b = coupling(a, b, training=training)
            a, b = b, a  # the other half's turn
        halves = [a, b] if self.num_couplings % 2 == 0 else [b, a]
        z = self.scaling(ops.concatenate(halves, axis=-1))
        return z, ops.sum(self.scaling.log_scale)

    def inverse(self, z):
        """z (batch, D) -> y (batch, *shape)."""
        h = self.scaling.inverse(ops.cast(z, "float32"))
        even = (self.spec.size + 1) // 2
        a, b = h[:, :even], h[:, even:]
        if self.num_couplings % 2:
            a, b = b, a
        for coupling in reversed(self.couplings):
            a, b = coupling.inverse(b, a)
        y = ops.take(ops.concatenate([a, b], axis=-1), self._order, axis=-1)
        return ops.reshape(y, (-1, *self.spec.shape))

    # ------------------------------------------------------------------ codes and samples

    def generate(self, noise):
        """The inverse at z = noise; real values become the pixels whose bins they lie in."""
        y = self.inverse(noise)
        return quantize(y) if self.spec.is_image else y

    def decode_mean(self, z):
        y = self.inverse(z)
        return 256.0 * y - 0.5 if self.spec.is_image else y

    def code(self, x):
        """z of the middle of each pixel's bin, or of vectors; traceable."""
        x = ops.cast(x, "float32")
        return self.transform((x + 0.5) / 256.0 if self.spec.is_image else x)[0]

    def call(self, inputs):
        return self.code(inputs)

    def get_config(self):
        return {
            **super().get_config(),
            "num_couplings": self.num_couplings,
            "hidden_units": self.hidden_units,
            "hidden_layers": self.hidden_layers,
        }
