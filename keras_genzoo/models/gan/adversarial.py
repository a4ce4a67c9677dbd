"""What adversarial models share: two networks, latents, and a generator to sample from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops, tree
from keras.random import SeedGenerator
from numpy.typing import ArrayLike

from keras_genzoo.engine import DataSpec, Noise, Source
from keras_genzoo.engine.adopt import LOGITS, SIGNED_PIXELS, adopt
from keras_genzoo.engine.labels import beside
from keras_genzoo.likelihood.likelihood import Likelihood
from keras_genzoo.models.gan.game import Game
from keras_genzoo.models.latent import Decoding
from keras_genzoo.probability.priors import Normal, Prior, Uniform
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.checks import number_between, whole_number
from keras_genzoo.support.names import known
from keras_genzoo.support.types import Tensor

PRIORS: dict[str, Prior] = {"normal": Normal(), "uniform": Uniform(-1.0, 1.0)}


class Adversarial(Decoding, Likelihood, Game):
    """A generator against another network that judges it.

    Images pass between the networks as float32 in [-1, 1]; vectors as they are.

    Logs: `loss` is the generator's, that of the network that samples come from. It says how the
    game stands, not how good the samples are: `callbacks.EvaluateSamples` measures that.

    Args:
        spec: Shape of one example.
        latent_dim: Dimensions of the generator's input z.
        num_classes: Of a conditional model, whose networks take labels (batch,), int32, beside z
            and x: `generator([z, labels])`.
        prior: Of codes, "normal" or "uniform" in [-1, 1); None for the class's own.
        dropout: The share of the generator's units to drop, in training and in samples: its
            network takes numbers that say which as its last input, see `layers.NoiseDropout`.
        **kwargs: Those of any Keras model.
    """

    family = "adversarial"
    of_augmented_data = (
        "the generator learns to draw examples changed like that. Where they are not as good as "
        "the data's own, leave augment= out: compile(discriminator_augment=...) changes real and "
        "fake images alike, and does not leak."
    )
    prior: Prior = Normal()
    # The share of the generator's units that noise drops, in training and in samples alike.
    dropout = 0.0
    averaged_networks: tuple[str, ...] = ("generator",)
    decodes_average = True

    def __init__(
        self,
        spec: DataSpec,
        latent_dim: int,
        num_classes: int | None = None,
        *,
        prior: str | None = None,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(spec, num_classes, **kwargs)
        self.latent_dim = whole_number("latent_dim", latent_dim)
        if prior is not None:
            known("a prior of codes", prior, PRIORS)
            self.prior = PRIORS[prior]
        if dropout:
            number_between("dropout", dropout, 0, 1)
            self.dropout = dropout
        self.track("loss", "generator_loss")

    def adopt_generator(self, generator: keras.Layer) -> keras.Layer:
        """A generator (batch, latent_dim) -> (batch, *shape), checked; of several `inputs()` it
        takes a list.
        """
        if self.dropout and "generator" in self._injected:
            raise ValueError(
                f"Expected dropout=0 beside a generator of your own; got {self.dropout}. Put "
                "Dropout layers into it, which drop in training alone, or leave out either."
            )
        if self.dropout:
            return generator  # which takes one input more
        outputs = SIGNED_PIXELS if self.spec.is_image else None
        inputs = {name: source.shape for name, source in self.inputs().items()}
        return adopt(generator, "generator", inputs, self.spec.shape, outputs)

    def adopt_judge(
        self,
        judge: keras.Layer,
        role: str,
        *,
        inputs: Mapping[str, tuple[int, ...]] | None = None,
        outputs: Sequence[tuple[int, ...]] = (),
    ) -> keras.Layer:
        """A discriminator or critic (batch, *shape) -> logits (batch, 1), checked.

        Args:
            judge: The network.
            role: The attribute that it will be.
            inputs: The shapes of what it takes behind x, by name; None for the labels of a
                conditional model.
            outputs: Those of what it gives behind the logits.
        """
        self.judge_role = role
        if inputs is None:
            inputs = {} if self.label_spec is None else {"labels": self.label_spec.shape}
        given = [(1,), *outputs] if outputs else (1,)
        return adopt(judge, role, {"x": self.spec.shape, **inputs}, given, LOGITS)

    def networks(self) -> dict[str, list]:
        if not self.judge_role:
            raise ValueError(
                f"Expected {type(self).__name__} to have a judge; it adopted none. Do "
                'self.adopt_judge(network, "discriminator") in the constructor.'
            )
        judge = getattr(self, self.judge_role)
        return {
            self.judge_role: judge.trainable_variables,
            "generator": self.generator.trainable_variables,
        }

    def real(self, data: Any) -> tuple[Tensor, ...]:
        """One step's examples as the networks see them, float32: (x,), or (x, labels) of a
        conditional model.
        """
        batch = self.batch(data)
        x, *labels = batch if isinstance(batch, tuple) else (batch,)
        return self.scale.numbers(x), *labels

    def dealt(self, steps: int, *examples: Tensor) -> Iterator[tuple[Tensor, ...]]:
        """The examples of one training step, dealt out to as many updates of the judge."""
        for i in range(steps):
            yield tuple(x[i::steps] for x in examples)

    def draw_z(self, n: int | Tensor, seed: SeedGenerator) -> Tensor:
        """n latents (n, latent_dim) of a generator of seeds."""
        return self.prior.draw((n, self.latent_dim), seed)

    def fakes(
        self,
        n: int | Tensor,
        labels: Tensor | None = None,
        *,
        seed: SeedGenerator,
        training: bool = True,
    ) -> Tensor:
        """n fresh fakes for the judge, (n, *shape), float32 on the networks' scale."""
        z = self.draw_z(n, seed)
        drawn = [self._drop_noise.draw(n, seed)] if self.dropout else []
        inputs = [z] + [v for v in (labels, *drawn) if v is not None]
        fake = self.generator(inputs if len(inputs) > 1 else z, training=training)
        return ops.cast(fake, "float32")

    def logits(
        self,
        x: Tensor,
        labels: Tensor | None = None,
        *,
        seed: SeedGenerator,
        training: bool = True,
    ) -> tuple[Tensor, Tensor]:
        """What the judge says of real examples x, as the networks see them, and of as many fresh
        fakes of the same classes.
        """
        how = {"seed": seed, "training": training}
        fake = self.fakes(ops.shape(x)[0], labels, **how)
        return self.judged(x, labels, **how), self.judged(fake, labels, **how)

    def discriminator_loss(
        self,
        x: Tensor,
        labels: Tensor | None = None,
        *,
        seed: SeedGenerator | None = None,
        training: bool = True,
    ) -> Tensor:
        """The judge's loss on examples x, as the networks see them, and on as many fakes, of the
        same classes; with penalties, where `compile` was given some. (batch,).
        """
        seed = self.noise if seed is None else seed
        fake = self.fakes(ops.shape(x)[0], labels, seed=seed, training=training)
        x, fake = (self.augmented(y, seed, training) for y in (x, ops.stop_gradient(fake)))

        def judge(y):
            return self.judge(y, labels, training)

        loss = self.judge_loss(judge(x), judge(fake), training)
        return loss + self.judge_penalty(judge, x, fake, seed)

    def generator_loss(
        self,
        x: Tensor,
        labels: Tensor | None = None,
        *,
        seed: SeedGenerator | None = None,
        training: bool = True,
    ) -> Tensor:
        """On as many fresh fakes as there are examples x, at which some losses look, and of the
        same classes; with its penalty, where `compile` was given it. (batch,).
        """
        how = {"seed": self.noise if seed is None else seed, "training": training}
        fake = self.fakes(ops.shape(x)[0], labels, **how)
        logits = self.judged(fake, labels, **how)
        loss = self.fool_loss(logits, lambda: self.judged(x, labels, **how))
        return loss + self.generator_penalty()

    def test_step(self, data):
        real, how = self.real(data), {"seed": self.test_noise(), "training": False}
        return self.report(
            discriminator_loss=self.discriminator_loss(*real, **how),
            generator_loss=self.generator_loss(*real, **how),
        )

    # ------------------------------------------------------------------ codes and samples

    def inputs(self) -> Mapping[str, Source]:
        found: dict[str, Source] = {"z": Noise(self.prior, (self.latent_dim,))}
        if self.label_spec is not None:
            found["labels"] = self.label_spec
        if self.dropout:
            found["dropout"] = self._drop_noise
        return found

    @property
    def _drop_noise(self) -> Noise:
        """What says which of the generator's units are dropped."""
        return Noise(Uniform(), tuple(self.generator.inputs[-1].shape[1:]))

    def generate(
        self, z: Tensor, labels: Tensor | None = None, dropout: Tensor | None = None
    ) -> Tensor:
        """Samples from latents (batch, latent_dim), in a conditional model of classes `labels`.

        Without numbers for `dropout`, none of the generator's units is dropped.
        """
        return self.scale.examples(self.decoded(z, labels, dropout=dropout))

    def decoded(
        self,
        z: Tensor,
        labels: Tensor | None = None,
        training: bool = False,
        dropout: Tensor | None = None,
    ) -> Tensor:
        inputs = [z] if labels is None else [z, labels]
        if self.dropout:
            if dropout is None:  # below 0, which drops nothing
                dropout = ops.zeros_like(z[:, :1]) - ops.ones((1, *self._drop_noise.shape))
            inputs.append(dropout)
        generator = self.in_use("generator", training)
        output = generator(inputs if len(inputs) > 1 else z, training=training)
        return ops.cast(output, "float32")

    def interpolate(
        self,
        z0: np.ndarray,
        z1: np.ndarray,
        steps: int = 8,
        *,
        labels: ArrayLike | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """Samples on the way from latents z0 to z1: along great circles where the prior is
        Gaussian (`latents.spherical_interpolation`), else along straight lines.

        Args:
            z0: Latents (n, latent_dim).
            z1: As many more.
            steps: Samples on each path, both ends included; 2 or more.
            labels: Conditional models: the class of all paths, or of each of them.
            batch_size: How many are decoded at once.

        Returns:
            uint8 images (n, steps, height, width, channels), or float32 vectors (n, steps,
            features); those at the ends are `decode(z0)` and `decode(z1)`.

        Raises:
            ValueError: Other shapes, values that are not finite, fewer than 2 steps.
        """
        return self.decode_between(z0, z1, labels, steps, batch_size)

    def features(
        self, x: np.ndarray, labels: ArrayLike | None = None, *, batch_size: int = 256
    ) -> np.ndarray:
        """What the discriminator, or critic, makes its last decision from: a representation of x.

        The input of its last layer that has weights, flattened: float32 (n, features), of images
        in 0..255 or vectors. The judge of a conditional model is told their labels.

        Raises:
            ValueError: Bad examples; a judge of your own that is not made of layers in a graph
                (a functional or sequential model).
        """
        self.spec.check(x)
        conditions = self.conditions(labels, len(x))
        return self.in_batches(self.hidden, x, *conditions, batch_size=batch_size)

    def hidden(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """`features` of a batch, traceable."""
        judge = getattr(self, self.judge_role)
        try:
            judge = keras.Model(judge.inputs, judge.outputs[0])  # without what is not for logits
            last = [layer for layer in judge.layers if layer.weights][-1]
            first = tree.flatten(last.input)[0]  # of one that is told the class as well
            network = keras.Model(judge.inputs, first)
        except (AttributeError, IndexError, ValueError) as error:
            raise ValueError(
                f"Expected a {self.judge_role} that is a functional or sequential Keras model, to "
                f"take the features before its last layer; got {judge!r}: {error}"
            ) from error
        h = network(self.shown(self.scale.numbers(x), labels), training=False)
        return ops.reshape(ops.cast(h, "float32"), (ops.shape(h)[0], -1))

    def shown(self, x: Tensor, labels: Tensor | None = None) -> Any:
        """What the judge takes of real examples x, as the networks see them, after training."""
        return beside(x, labels)

    def call(self, inputs):
        return self.generate(*(inputs if self.label_spec else (inputs,)))

    @property
    def call_spec(self) -> DataSpec:
        return DataSpec((self.latent_dim,))

    def likelihood_methods(self) -> dict[str, Callable]:
        return {"ais": self.annealed}

    def signatures(self) -> dict[str, Signature]:
        return {**self.sample_signatures(), "decode": self.decode_signature()}

    def get_config(self):
        config = super().get_config()
        if "prior" in config:
            known_priors = (name for name, prior in PRIORS.items() if prior == self.prior)
            config["prior"] = next(known_priors, None)  # the class's own
        return config
