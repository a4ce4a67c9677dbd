"""What adversarial models share: two networks, latents, and a generator to sample from."""

import keras
import numpy as np
from keras import ops

from keras_genzoo.engine import DataSpec, GenerativeModel
from keras_genzoo.engine.adopt import LOGITS, SIGNED_PIXELS, adopt
from keras_genzoo.models.latent import Decodes
from keras_genzoo.probability.pixels import from_signed_unit, to_signed_unit, to_uint8
from keras_genzoo.support.checks import whole_number


class Adversarial(Decodes, GenerativeModel):
    """A generator against another network that judges it.

    Images pass between the networks as float32 in [-1, 1]; vectors as they are.

    Logs: `loss` is the generator's, that of the network that samples come from. It says how the
    game stands, not how good the samples are: `callbacks.EvaluateSamples` measures that.

    Args:
        spec: Shape of one example.
        latent_dim: Dimensions of the generator's input z.
        **kwargs: Those of any Keras model.
    """

    # Name -> (loss of the judge on real and fake logits, loss of the generator on fake logits),
    # each per example; the first is the paper's.
    named_losses: dict[str, tuple] = {}

    def __init__(self, spec: DataSpec, latent_dim: int, **kwargs):
        super().__init__(spec, **kwargs)
        self.latent_dim = whole_number("latent_dim", latent_dim)
        self.track("loss", "generator_loss")

    def report(self, **values):
        return super().report(**{"loss": values["generator_loss"], **values})

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
        outputs = SIGNED_PIXELS if self.spec.is_image else None
        return adopt(generator, "generator", (self.latent_dim,), self.spec.shape, outputs)

    def adopt_judge(self, judge, role: str):
        """A discriminator or critic (batch, *shape) -> logits (batch, 1), checked."""
        self.judge_role = role
        return adopt(judge, role, self.spec.shape, (1,), LOGITS)

    def real(self, data):
        """One step's examples as the networks see them, float32."""
        x = self.batch(data)
        return to_signed_unit(x) if self.spec.is_image else ops.cast(x, "float32")

    def generate(self, noise):
        """Samples from latents (batch, latent_dim)."""
        y = self.decode_mean(noise)
        return to_uint8(y) if self.spec.is_image else y

    def decode_mean(self, z):
        y = ops.cast(self.generator(z, training=False), "float32")
        return from_signed_unit(y) if self.spec.is_image else y

    def features(self, x, *, batch_size: int = 256) -> np.ndarray:
        """What the discriminator, or critic, makes its last decision from: a representation of x.

        The input of its last layer that has weights, flattened: float32 (n, features), of images
        in 0..255 or vectors.

        Raises:
            ValueError: Bad examples; a judge of your own that is not made of layers in a graph
                (a functional or sequential model).
        """
        self.spec.check(x)
        return self.in_batches(self.hidden, x, batch_size=batch_size)

    def hidden(self, x):
        """`features` of a batch, traceable."""
        judge = getattr(self, self.judge_role)
        try:
            last = [layer for layer in judge.layers if layer.weights][-1]
            network = keras.Model(judge.inputs, last.input)
        except (AttributeError, IndexError, ValueError) as error:
            raise ValueError(
                f"Expected a {self.judge_role} that is a functional or sequential Keras model, to "
                f"take the features before its last layer; got {judge!r}: {error}"
            ) from error
        x = to_signed_unit(x) if self.spec.is_image else ops.cast(x, "float32")
        h = network(x, training=False)
        return ops.reshape(ops.cast(h, "float32"), (ops.shape(h)[0], -1))

    def call(self, inputs):
        return self.generate(inputs)

    @property
    def call_spec(self):
        return DataSpec((self.latent_dim,))

    def get_config(self):
        return {**super().get_config(), "latent_dim": self.latent_dim}
