"""The base of all models: how any of them is compiled, trained, sampled and saved."""

import contextlib
import json
import math
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_genzoo import backends
from keras_genzoo.engine import arguments, compiling
from keras_genzoo.engine.averages import Average, Averaging
from keras_genzoo.engine.checked import Watch
from keras_genzoo.engine.data_spec import DataSpec
from keras_genzoo.engine.labels import Labels
from keras_genzoo.engine.means import Means
from keras_genzoo.engine.noise import FixedSeed, NoiseStream
from keras_genzoo.engine.sampling import Sampling
from keras_genzoo.engine.saved import Saved
from keras_genzoo.engine.trainer import Trainer
from keras_genzoo.engine.updating import Updating
from keras_genzoo.probability import pixels
from keras_genzoo.probability.observations import Observation
from keras_genzoo.saving.signature import Signature
from keras_genzoo.support.checks import whole_number
from keras_genzoo.support.types import Tensor


class GenerativeModel(
    Saved, Trainer, Sampling, Updating, Averaging, backends.BackendTrainer, keras.Model
):
    """A generative model: `train_step` written once, in `keras.ops`, for every backend.

    A subclass sets up in its constructor, in this order: `super().__init__(spec, **kwargs)`; its
    networks, built, inside `with self.own_precision():`; `self.track(...)`, the names that it
    logs. It then defines

    - `networks()`: which variables each optimizer moves;
    - `default_optimizers()`: those of the paper, by network;
    - `train_step(data)`: `x = self.batch(data)`, one `self.minimize(network, loss_fn, x)` for each
      line of the algorithm box that updates something, `self.update_average()`, and `return
      self.report(...)`;
    - `test_step(data)`: the same figures without an update, drawn from `self.test_noise()`;
    - `inputs()` and `generate(...)`: what samples are made of, and how.

    Its constructor's arguments, kept as attributes of the same names, are its configuration.
    Most models subclass the base of their family, which defines some of these.

    Attributes:
        family: Of models that work alike: "flow", for one.
        spec: Shape of one example.
        num_classes: Of a conditional model, which is told the class of each example; else None.
        scale: How the model's networks see examples: images in [-1, 1] and vectors as they are,
            unless a model says otherwise.
        observation: The distribution of examples that its network's output stands for; None
            where it has none.
        noise: The random numbers that training draws.

    Args:
        spec: Shape of one example.
        num_classes: Makes the model conditional: its data come with labels, and samples are of
            classes.
        **kwargs: `name`, `dtype` (a precision policy such as "mixed_bfloat16"), as any Keras
            model takes.
    """

    family = "other"
    # The functions that `compile` was given as losses, where a model has some to choose.
    loss_given: str | tuple | list = ()
    observation: Observation | None = None
    # Some loss holds a gradient by the input, which PyTorch's compiler cannot differentiate.
    uses_input_gradient = False
    # Fewest examples that a training step can do with.
    smallest_batch = 1
    # How many usual batches of examples one training step deals out to its updates.
    batches_per_step = 1

    def __new__(cls, *args, **kwargs):
        if cls.__module__.partition(".")[0] == arguments.PACKAGE:
            # Now, since a constructor would complain of what is missing first.
            arguments.check(cls, set(kwargs) - set(arguments.of_constructor(cls)))
        model = super().__new__(cls, *args, **kwargs)
        # Keras's own setting of attributes waits for its constructor.
        object.__setattr__(model, "_given", tuple(kwargs))
        return model

    def __init__(self, spec: DataSpec, num_classes: int | None = None, **kwargs):
        arguments.check(type(self), kwargs)
        super().__init__(**kwargs)
        self.spec, self.scale = spec, pixels.signed(spec.shape)
        self.num_classes = num_classes
        self.label_spec = None if num_classes is None else Labels(num_classes)
        self.noise = NoiseStream()  # what training draws
        self._means: Means | None = None
        self.average: Average | None = None
        self._injected: list[str] = []
        self._kept = compiling.Kept()
        self._watches: dict[str, Watch] = {}
        self._running: str | None = None
        self.built = True

    # ------------------------------------------------------------------ for subclasses

    @contextlib.contextmanager
    def own_precision(self) -> Iterator[None]:
        """Layers made inside take this model's dtype policy."""
        outer = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.dtype_policy)
        try:
            yield
        finally:
            keras.config.set_dtype_policy(outer)

    def track(self, *names: str) -> None:
        """Names figures that `report` takes, beside those named before, by a parent class say.

        Each is averaged over an epoch's examples.
        """
        before = self._means.names if self._means else ()
        self._means = Means(tuple(dict.fromkeys(before + names)))

    def report(self, **values) -> dict[str, Tensor]:
        """Updates the means of values, scalar or (n,) of any n; returns the logs of a step.

        Raises:
            ValueError: Other names than `track` was given.
        """
        if self._means is None:
            raise ValueError(
                f"Expected self.track(...) in the constructor of {type(self).__name__}, with the "
                f"names of the figures that it reports; got {list(values)} and no such call."
            )
        self._means.update_state(values)
        return self._means.result()

    def test_noise(self) -> FixedSeed:
        """What a `test_step` draws: other noise in each batch, the same in each `evaluate`.

        It depends on how many examples this evaluation has seen, so that the stream of training
        noise does not move.
        """
        # Primes, since the draws of a step count up: no two steps or replicas meet.
        seen = ops.cast(self._means.count() if self._means else 0, "int32")
        return self.seeded(1009 * seen + 7919 * backends.replica_index())

    def remember_injected(self, **networks) -> None:
        """Names which networks the user gave: those belong into the configuration."""
        self._injected = [name for name, network in networks.items() if network is not None]

    def batch(self, data: Any) -> Any:
        """The examples x of one step's `data`, checked; (x, labels) in a conditional model."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        self._refuse(y, sample_weight)
        self.spec.check_shape(x)
        if self.label_spec is None:
            return x
        self.label_spec.check_shape(y)
        return x, ops.cast(y, "int32")

    def networks(self) -> dict[str, list]:
        """The variables that each optimizer moves, by the network's name."""
        raise self._undefined("networks()", 'return {"network": variables, ...}')

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """The paper's optimizers, by the network's name."""
        raise self._undefined(
            "default_optimizers()",
            'return {"network": keras.optimizers.Adam(...), ...}, or pass compile its optimizer',
        )

    # ------------------------------------------------------------------ compile

    def compile(
        self,
        optimizer=None,
        loss=None,
        *,
        accumulation=1,
        ema_decay=None,
        ema_statistics=None,
        jit_compile="auto",
        run_eagerly=False,
        steps_per_execution=1,
    ):
        """Prepares the model for training.

        Args:
            optimizer: None for the paper's; one Keras optimizer (or its name), copied for each
                network; or a dict with one for each network of `networks()`. Callbacks that set
                `model.optimizer.learning_rate` multiply all their rates by one factor. Averages
                of `use_ema` replace the weights when `fit` ends, as in Keras, in all networks
                whose optimizer has it; until then samples and checkpoints show the raw weights.
            loss: None for the paper's, where the model offers others: see its class.
            accumulation: Into how many parts an update splits its examples, to have room for more
                of them: the gradients of one part after the other are averaged, and one step is
                taken. Batch norm sees a part at a time.
            ema_decay: Of a moving average of the weights that samples come from: it, and not the
                raw ones, is what is sampled, scored and exported. From 0 to less than 1, about
                0.999; early in training smaller, (1 + t) / (10 + t) after t steps. None for the
                paper's, or for that which the model has by now; False for no average.
            ema_statistics: "copied" for the average to take over the batch norm's statistics;
                "standing" to take them from draws of its own at the end of each epoch, and when
                `recompute_statistics` is called. None for the paper's, as above.
            jit_compile: "auto" compiles with XLA on every accelerator, on JAX, and on a
                TensorFlow CPU for models without convolutions, which run slower with it there.
                True or False overrides; where XLA cannot run, the model says so once and
                trains without.
            run_eagerly: Runs the training step in Python, for debugging.
            steps_per_execution: Batches in one call of the compiled function.

        Raises:
            ValueError: An optimizer for an unknown network, or none for one; a loss that the
                model does not know; a decay outside [0, 1), or a model that keeps no average.
        """
        self.set_loss(loss)
        self.accumulation = whole_number("accumulation", accumulation)
        self.set_average(ema_decay, ema_statistics)
        backends.use_own_seeds(self)
        optimizer = compiling.one_per_network(self, optimizer)
        super().compile(
            optimizer=optimizer,
            jit_compile=compiling.use_xla(self, jit_compile, run_eagerly),
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            # Keras would wrap the outer optimizer alone; each network scales its own loss.
            auto_scale_loss=False,
        )
        # Built now: an optimizer that is not, loses its state on load with no more than a warning.
        optimizer.build(self.networks())
        self._compile_arguments = {
            "accumulation": self.accumulation,
            **self.average_settings(),
            "jit_compile": jit_compile,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
        }
        # Kept now: later an optimizer tells of the rates that callbacks have set. As text, since
        # Keras would track a dict.
        self._optimizer_settings = json.dumps(optimizer.settings())

    def compiled_settings(self) -> dict | None:
        """What `compile` was given, as JSON: optimizers by network, loss, and the rest.

        As it was then: training, and callbacks that set the learning rate, do not change it.
        None before `compile`.
        """
        if not self.compiled:
            return None
        optimizer = json.loads(self._optimizer_settings)
        return {"optimizer": optimizer, "loss": self.get_loss(), **self._compile_arguments}

    def set_loss(self, loss: Any) -> None:
        """Takes compile's `loss`; a model whose objective is its likelihood has no other."""
        if loss is not None:
            raise ValueError(
                f"{type(self).__name__} has one objective, its likelihood or a bound of it; "
                f"expected loss=None; got {loss!r}."
            )

    def get_loss(self) -> str | list | None:
        """What `set_loss` took, as JSON."""
        return None

    def get_compile_config(self):
        if not self.compiled:
            return None
        optimizer = keras.saving.serialize_keras_object(self.optimizer)
        return {"optimizer": optimizer, "loss": self.get_loss(), **self._compile_arguments}

    def compile_from_config(self, config):
        loss = config["loss"]
        if isinstance(loss, list):
            loss = [keras.saving.deserialize_keras_object(function) for function in loss]
        optimizer = keras.saving.deserialize_keras_object(config["optimizer"])
        self.compile(**{**config, "optimizer": optimizer, "loss": loss})

    @property
    def metrics(self):
        return [self._means] if self._means else []

    @property
    def metrics_names(self):
        # In the order of what `evaluate` and `train_on_batch` return.
        return sorted(self._means.names) if self._means else []

    # ------------------------------------------------------------------ saving

    def signatures(self) -> dict[str, Signature]:
        """What an exported model offers, by name; `serving_default` is "sample", or the first."""
        return self.sample_signatures() if self.can_sample else {}

    def get_config(self):
        """The constructor's arguments as JSON, with Keras's own."""
        config = super().get_config()
        if self.average is not None:  # a model without it would sample from the raw network
            config["average"] = self.average_settings()
        shape = self.spec.shape
        of_spec = {"image_shape": list(shape)} if self.spec.is_image else {"num_features": shape[0]}
        for name in arguments.of_configuration(type(self), self._given):
            value = getattr(self, name, None)
            if name in arguments.SHAPES:
                config |= {name: of_spec[name]} if name in of_spec else {}
            elif name in self._injected:
                config[name] = keras.saving.serialize_keras_object(value)
            elif hasattr(self, name) and not _is_network(value):
                config[name] = list(value) if isinstance(value, tuple | list) else value
        return config

    @classmethod
    def from_config(cls, config):
        # Injected networks come as Keras's serialized objects.
        given = {k: keras.saving.deserialize_keras_object(v) for k, v in config.items()}
        average = given.pop("average", None)
        model = cls(**given)
        if average:
            model.set_average(**average)
        return model

    def count_params(self) -> int:
        """How many numbers the model's networks hold; averages and other state do not count."""
        networks = [layer for layer in self.layers if layer is not self.average]
        own = [v for v in self.trainable_weights]
        weights = {id(v): v for v in (*own, *(v for one in networks for v in one.weights))}
        return sum(math.prod(v.shape) for v in weights.values())


def _is_network(value) -> bool:
    """Whether an attribute is a network of the model's own, or a list of them."""
    first = value[0] if isinstance(value, list | tuple) and len(value) else value
    return isinstance(first, keras.Layer)
