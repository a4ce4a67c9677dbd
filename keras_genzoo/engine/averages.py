"""Averaged weights: frozen copies of networks, which follow them and which samples come from."""

import contextlib
from collections.abc import Callable, Iterator

import keras
import numpy as np
from keras import ops

from keras_genzoo.engine.noise import FixedSeed
from keras_genzoo.support.abilities import NormalizesBatches
from keras_genzoo.support.types import Tensor

STATISTICS = ("copied", "standing")
# Batches of as many draws as `engine/sampling.py` has in a block, from a seed of their own.
STANDING_BATCHES, STANDING_SEED = 16, 20180928


class Average(keras.Layer):
    """Moving averages of networks: copies that no gradient moves, saved among a model's weights.

    After step t = 0, 1, 2, ... each trained variable w has the average

        a <- w + d (a - w), d = min(decay, (1 + t) / (10 + t)),

    which forgets its beginning the sooner the less it has seen. All else is copied: statistics of
    batch norm, vectors of power iterations. States of random generators are each network's own.

    Args:
        networks: Those that it follows by name, built.
        decay: From 0 to less than 1.
        statistics: One of `STATISTICS`.
    """

    def __init__(self, networks: dict[str, keras.Layer], decay: float, statistics: str):
        super().__init__(name="average", dtype="float32")
        self.ema_decay, self.ema_statistics = decay, statistics
        self.names = list(networks)
        self.copies = [_copy(name, network) for name, network in networks.items()]
        self.steps = self.add_weight(
            shape=(), initializer="zeros", trainable=False, aggregation="mean", name="steps"
        )
        self.built = True

    @property
    def trainable(self) -> bool:
        """Never, not even where the model is set to be."""
        return False

    @trainable.setter
    def trainable(self, value):
        pass

    def __getitem__(self, name: str) -> keras.Layer:
        return self.copies[self.names.index(name)]

    def follow(self, networks: dict[str, keras.Layer]) -> None:
        """Takes over what a step has made of the networks. Traceable."""
        decay = ops.minimum(self.ema_decay, (1.0 + self.steps) / (10.0 + self.steps))
        for name, network in networks.items():
            for own, variable in zip(self[name].variables, network.variables, strict=True):
                value = ops.stop_gradient(variable.value)
                if variable.trainable:
                    own.assign(value + decay * (own - value))
                elif not _is_random(variable):
                    own.assign(value)
        self.steps.assign(self.steps + 1.0)

    def batch_norms(self) -> list:
        """The layers whose statistics of batches can be taken anew."""
        layers = [part for copy in self.copies for part in copy._flatten_layers()]
        return [layer for layer in layers if isinstance(layer, NormalizesBatches)]

    @contextlib.contextmanager
    def of_batches(self) -> Iterator[None]:
        """Inside, a pass in training mode sets each statistic to that of its batch."""
        layers = self.batch_norms()
        momentums = [layer.momentum for layer in layers]
        for layer in layers:
            layer.trainable, layer.momentum = True, 0.0  # one that is frozen keeps them
        try:
            yield
        finally:
            for layer, momentum in zip(layers, momentums, strict=True):
                layer.trainable, layer.momentum = False, momentum


def _copy(name: str, network: keras.Layer) -> keras.Layer:
    """A frozen copy of a network, with its weights."""
    try:
        copy = _unbuilt_copy(network)
        if not copy.built:
            copy.build_from_config(network.get_build_config())
        for own, variable in zip(copy.variables, network.variables, strict=True):
            own.assign(ops.convert_to_numpy(variable.value))  # JAX would share the array
    except Exception as error:  # whatever a layer of one's own makes of its configuration
        raise ValueError(
            f"Expected a {name} that can be copied, to average its weights; got {network!r}: "
            f"{error} Give its layers a get_config(), or compile with ema_decay=False."
        ) from error
    copy.trainable = False
    return copy


def _unbuilt_copy(network):
    if isinstance(network, keras.Model) and getattr(network, "outputs", None) is not None:
        return keras.models.clone_model(network, recursive=True)
    return type(network).from_config(network.get_config())


def _is_random(variable) -> bool:
    return variable.path.endswith("seed_generator_state")


class Averaging:
    """The part of `GenerativeModel` that keeps averaged weights, and samples from them.

    Attributes:
        averaged_networks: The attributes that an average follows, networks all of them; none in a
            model that keeps no average.
        ema_decay: What the paper averages with; None where it does not.
        ema_statistics: What the paper does about batch norm, one of `STATISTICS`.
        average: The average; None where there is none.
    """

    averaged_networks: tuple[str, ...] = ()
    ema_decay: float | None = None
    ema_statistics = "copied"
    # Whether `decoded(**inputs, training=True)` runs all the averaged networks, and they alone.
    decodes_average = False
    average: Average | None
    # Whether a step has been seen to follow them.
    _is_followed = False
    _uses_raw = False
    _takes_statistics = False

    # What the model has.
    weights: list
    random_states: Callable[[], list]
    decoded: Callable[..., Tensor]
    compiled_function: Callable[..., Callable]
    own_precision: Callable[[], contextlib.AbstractContextManager]
    _inputs_of_block: Callable[..., dict]
    noise: keras.random.SeedGenerator

    def set_average(
        self, ema_decay: float | None = None, ema_statistics: str | None = None
    ) -> None:
        """What `compile` does about averaged weights; they begin as the weights are now.

        Raises:
            ValueError: See `compile`; or an average that is there and shall not be.
        """
        name = type(self).__name__
        statistics = ema_statistics or (self.average or self).ema_statistics
        decay = ema_decay
        if decay is None:
            decay = self.average.ema_decay if self.average else self.ema_decay
        if decay is None or decay is False:
            if ema_statistics is not None:
                raise ValueError(
                    f"Expected ema_decay with ema_statistics={ema_statistics!r}; got "
                    f"{ema_decay!r}. Do compile(ema_decay=0.999, ...), or leave both out."
                )
            if self.average is not None:
                raise ValueError(
                    f"Expected the decay of the averaged weights that this {name} keeps; got "
                    "ema_decay=False. Leave it out to go on with them, and sample within "
                    "model.raw_weights() without, or make the model anew."
                )
            return
        number = isinstance(decay, int | float) and not isinstance(decay, bool)
        if not number or not 0.0 <= decay < 1.0:
            raise ValueError(
                f"Expected ema_decay, a number from 0 to less than 1, such as 0.999; got {decay!r}."
            )
        if statistics not in STATISTICS:
            raise ValueError(f"Expected ema_statistics, one of {STATISTICS}; got {statistics!r}.")
        if not self.averaged_networks:
            raise ValueError(
                f"Expected a model that keeps averaged weights, for ema_decay={decay}; {name} does "
                "not. Let it name averaged_networks, sample by self.in_use(name), and call "
                "self.update_average() in train_step."
            )
        if statistics == "standing" and not self.decodes_average:
            raise ValueError(
                f"Expected ema_statistics='copied'; got 'standing', but the networks of {name} "
                "do not work on draws alone, of which statistics could be taken."
            )
        average = self.average
        if average is None:
            with self.own_precision():
                average = Average(self._followed_networks(), float(decay), statistics)
        if statistics == "standing" and not average.batch_norms():
            raise ValueError(
                "Expected a network with batch norm, for ema_statistics='standing'; got "
                f"{', '.join(self.averaged_networks)} of {name} without. Leave it out."
            )
        average.ema_decay, average.ema_statistics = float(decay), statistics
        self.average = average

    def average_settings(self) -> dict:
        """What `set_average` takes, to have the same average."""
        if self.average is None:
            return {"ema_decay": False, "ema_statistics": None}
        decay, statistics = self.average.ema_decay, self.average.ema_statistics
        return {"ema_decay": decay, "ema_statistics": statistics}

    def _followed_networks(self) -> dict[str, keras.Layer]:
        return {name: getattr(self, name) for name in self.averaged_networks}

    def in_use(self, name: str, training: bool = False) -> keras.Layer:
        """The network that is the attribute `name`: where it is not trained, its average where
        there is one.
        """
        is_trained = training and not self._takes_statistics
        if self.average is None or self._uses_raw or is_trained:
            return getattr(self, name)
        return self.average[name]

    def weights_in_use(self) -> list:
        """The model's weights and random states as they are outside of training: of an averaged
        network, those of its average, which itself is left out.
        """
        variables = [*self.weights, *self.random_states()]
        if self.average is None:
            return variables
        used = {
            id(raw): variable
            for name, network in self._followed_networks().items()
            for raw, variable in zip(network.variables, self.in_use(name).variables, strict=True)
            if not _is_random(raw)
        }
        of_average = {id(v) for v in self.average.variables}
        return [used.get(id(v), v) for v in variables if id(v) not in of_average]

    @contextlib.contextmanager
    def raw_weights(self) -> Iterator[None]:
        """Inside, samples, codes, scores and exports are those of the networks as training has
        them, not of their average.
        """
        before = self._uses_raw
        self._set_raw(True)
        try:
            yield
        finally:
            self._set_raw(before)

    def _set_raw(self, value: bool) -> None:
        self._uses_raw = value
        # Keras keeps what it compiled of the others.
        self.predict_function = self.test_function = None

    def update_average(self) -> None:
        """A step's last line: the average follows what the optimizers did; nothing without one."""
        if self.average is not None:
            self._is_followed = True
            self.average.follow(self._followed_networks())

    def finish_epoch(self) -> None:
        """What an epoch of `fit` ends with, before callbacks look at samples."""
        if self.average is None:
            return
        if not self._is_followed:
            raise ValueError(
                f"Expected train_step of {type(self).__name__} to follow the averaged weights; "
                "samples would be those of the beginning. Write self.update_average() in it, after "
                "the last update, or compile with ema_decay=False."
            )
        if self.average.ema_statistics == "standing":
            self.recompute_statistics()

    def recompute_statistics(self) -> None:
        """Sets the statistics of the average's batch norm to their means over batches of draws.

        The draws are always the same. `fit` does so at the end of each epoch of a model with
        `ema_statistics="standing"`; between two epochs, a step copies them as it copies all else
        that is not trained.

        Raises:
            ValueError: A model whose average is not kept so.
        """
        if self.average is None or self.average.ema_statistics != "standing":
            raise ValueError(
                "Expected averaged weights with statistics of their own; got "
                f"{self.average_settings()}. Do compile(ema_decay=0.999, "
                'ema_statistics="standing").'
            )
        variables = _statistics(self.average)
        words = ops.convert_to_tensor(FixedSeed(STANDING_SEED, self.noise.state.dtype).words())
        sums = [np.zeros(v.shape) for v in variables]
        # What else a pass in training mode moves, vectors of power iterations, stays as it is.
        ids = {id(v) for v in variables}
        others = [
            (v, ops.convert_to_numpy(v.value)) for v in self.average.variables if id(v) not in ids
        ]
        raw, self._uses_raw, self._takes_statistics = self._uses_raw, False, True
        try:
            with self.average.of_batches():
                run = self.compiled_function(self._statistics_of_block)
                for block in range(STANDING_BATCHES):
                    values = run(words, ops.convert_to_tensor(np.int32(block)))
                    for v, value in others:
                        v.assign(value)
                    sums = [a + ops.convert_to_numpy(b) for a, b in zip(sums, values, strict=True)]
        finally:
            self._uses_raw, self._takes_statistics = raw, False
        for variable, total in zip(variables, sums, strict=True):
            variable.assign(total / STANDING_BATCHES)

    def _statistics_of_block(self, words, block) -> list:
        self.decoded(**self._inputs_of_block(words, block), training=True)
        return [ops.copy(v) for v in _statistics(self.average)]


def _statistics(average) -> list:
    layers = average.batch_norms()
    return [v for layer in layers for v in (layer.moving_mean, layer.moving_variance)]
