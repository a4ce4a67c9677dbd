"""NICE: Dinh, Krueger and Bengio (2014), Non-linear Independent Components Estimation,
arXiv:1410.8516.
"""

from collections.abc import Sequence

import keras

from keras_genzoo.engine import DataSpec
from keras_genzoo.engine.adopt import adopt
from keras_genzoo.layers import AdditiveCoupling, Scaling
from keras_genzoo.models.flow.flow import Flow
from keras_genzoo.networks.mlp import build_mlp
from keras_genzoo.probability.bijectors import Chain, Flattened, Halves, Joined, Swapped
from keras_genzoo.probability.priors import Logistic
from keras_genzoo.support.checks import whole_number


@keras.saving.register_keras_serializable("keras_genzoo")
class NICE(Flow):
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
        ```python
        model = zoo.NICE(image_shape=(28, 28, 1))
        model.compile()
        model.fit(zoo.data.load("mnist", batch_size=200), epochs=150)
        nats = model.log_likelihood(images)
        ```

    Reference: arXiv:1410.8516.
    """

    prior = Logistic()

    def __init__(
        self,
        image_shape: Sequence[int] | None = None,
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
        size = self.spec.size
        if size < 2:
            raise ValueError(f"Expected data of at least 2 dimensions; got {self.spec.shape}.")
        if coupling_networks is not None and len(coupling_networks) != num_couplings:
            raise ValueError(
                f"Expected {num_couplings} coupling_networks; got {len(coupling_networks)}."
            )
        self.remember_injected(coupling_networks=coupling_networks)
        even, odd = (size + 1) // 2, size // 2
        self.couplings = []
        with self.own_precision():
            for i in range(num_couplings):
                inputs, outputs = ((even,), (odd,)) if i % 2 == 0 else ((odd,), (even,))
                network = (
                    build_mlp(inputs, [hidden_units] * hidden_layers, outputs)
                    if coupling_networks is None
                    else coupling_networks[i]
                )
                network = adopt(network, f"coupling network {i}", inputs, outputs)
                self.couplings.append(AdditiveCoupling(network))
            self.scaling = Scaling(dtype="float32")
            self.scaling.build((None, size))
        self.coupling_networks = [coupling.network for coupling in self.couplings]
        turns = [bijector for coupling in self.couplings for bijector in (coupling, Swapped())]
        if num_couplings % 2:
            turns.pop()  # the even entries are in their place
        self.flow = Chain(
            [Flattened(self.spec.shape), Halves(size), *turns, Joined(even), self.scaling]
        )

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {"flow": keras.optimizers.Adam(1e-3, beta_1=0.9, beta_2=0.99, epsilon=1e-4)}
