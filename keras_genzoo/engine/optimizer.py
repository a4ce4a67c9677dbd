"""One optimizer per network, behind the single `model.optimizer` that Keras knows."""

import contextlib
import itertools
from collections.abc import Iterator
from types import MappingProxyType

import keras
from keras import ops

# What the names of numbers that training keeps begin with in a file.
KEPT = "kept_"


@keras.saving.register_keras_serializable("keras_genzoo")
class PerNetworkOptimizer(keras.optimizers.Optimizer):
    """Holds one optimizer for each network, so that Keras saves and shards all their state.

    A dictionary of optimizers is not enough: Keras would neither save nor restore what it does
    not find in `model.optimizer`.

    Args:
        optimizers: Keras optimizers by the network's name; none may serve two networks, since
            its moments belong to one set of weights.
        name: What Keras calls the optimizer.
    """

    def __init__(
        self, optimizers: dict[str, keras.optimizers.Optimizer], name: str = "per_network"
    ):
        super().__init__(learning_rate=0.0, name=name)
        if len({id(o) for o in optimizers.values()}) < len(optimizers):
            raise ValueError(
                "Expected an optimizer of its own for each network; the same object was given "
                f"to several of {sorted(optimizers)}. Pass a dict of separate instances, or a "
                "single optimizer, which is copied for each network."
            )
        # Keras saves what it finds in plain dicts; behind a proxy the state is saved once, by
        # `save_own_variables`.
        self._by_network = MappingProxyType(dict(optimizers))
        self._kept: MappingProxyType[str, keras.Variable] = MappingProxyType({})
        self._given_ratios = _ratios(self._rates())
        self._finalizes = True

    def keep(self, name: str, value: float) -> keras.Variable:
        """A number that training goes by, float32, which begins as `value`. It is saved with the
        optimizers' state, and so is not in a file of weights alone.
        """
        if name not in self._kept:
            variable = keras.Variable(
                value, dtype="float32", trainable=False, aggregation="mean", name=name
            )
            self._kept = MappingProxyType({**self._kept, name: variable})
        return self._kept[name]

    def __getitem__(self, network: str) -> keras.optimizers.Optimizer:
        return self._by_network[network]

    def build(self, variables):
        """Builds each optimizer; `variables` is a dict from network to its trainable variables.

        Keras itself calls this with a flat list, once all is built; that changes nothing.
        """
        if self.built:
            return
        for network, optimizer in self._by_network.items():
            optimizer.build(variables[network])
        self.built = True

    @property
    def variables(self):
        of_networks = [v for one in self._by_network.values() for v in one.variables]
        return [*of_networks, *self._kept.values()]

    @property
    def iterations(self):
        """Updates of the last network: whole training steps, unless some leave it out.

        A schedule of a network's rate counts that network's own updates.
        """
        return list(self._by_network.values())[-1].iterations

    @property
    def learning_rate(self):
        """That of the first network; assigning it multiplies all rates by one factor.

        So Keras's schedulers, which read this rate and assign another, keep two time scales apart.
        Where this rate is 0, which has no multiples, the others follow it in the ratios that they
        were given in; where it was 0 from the start, all take the value.

        Raises:
            TypeError: A network follows a schedule, which Keras does not let anybody set.
            ValueError: A schedule is assigned to networks whose rates differ.
        """
        return next(iter(self._by_network.values())).learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        rates = self._rates()
        scheduled = [network for network, rate in rates.items() if rate is None]
        if callable(value):
            if len(rates) > 1 and (scheduled or len(set(rates.values())) > 1):
                raise ValueError(
                    f"Expected a number, since the networks' learning rates differ; got {value!r}. "
                    "Set each by itself: model.optimizer[network].learning_rate = schedule."
                )
            ratios = None
        elif scheduled:
            raise TypeError(
                f"Expected constant learning rates, to set them to {value!r}; got schedules for "
                f"{scheduled}, which are not settable. Compile the model with constant rates, or "
                "leave out the callback that sets them."
            )
        else:
            value = float(ops.convert_to_numpy(value))
            ratios = _ratios(rates) or self._given_ratios or dict.fromkeys(rates, 1.0)
        for network, optimizer in self._by_network.items():
            optimizer.learning_rate = value * ratios[network] if ratios else value

    def _rates(self) -> dict:
        """The learning rates, None where a network follows a schedule."""
        inner = {k: getattr(o, "inner_optimizer", o) for k, o in self._by_network.items()}
        return {
            network: float(ops.convert_to_numpy(o.learning_rate)) if _is_constant(o) else None
            for network, o in inner.items()
        }

    def apply(self, grads, trainable_variables=None):
        raise NotImplementedError("Updates go through one network: model.minimize(network, loss).")

    @contextlib.contextmanager
    def unfinished(self) -> Iterator[None]:
        """Inside, the end of Keras's `fit` is not that of the run: no average replaces weights."""
        self._finalizes = False
        try:
            yield
        finally:
            self._finalizes = True

    def finalize_variable_values(self, var_list):
        del var_list  # Keras calls this on `model.optimizer` alone, with all weights
        if self._finalizes:
            for optimizer in self._by_network.values():
                inner = getattr(optimizer, "inner_optimizer", optimizer)
                optimizer.finalize_variable_values(inner._trainable_variables)

    def save_own_variables(self, store):
        for network, optimizer in self._by_network.items():
            for i, variable in enumerate(optimizer.variables):
                store[f"{network}_{i}"] = ops.convert_to_numpy(variable.value)
        for name, variable in self._kept.items():
            store[KEPT + name] = ops.convert_to_numpy(variable.value)

    def load_own_variables(self, store):
        saved = set(store.keys())
        if not saved:
            return  # weights alone were saved: training starts with fresh moments
        targets = {}
        for network, optimizer in self._by_network.items():
            names = map(f"{network}_{{}}".format, itertools.count())
            keys = list(itertools.takewhile(saved.__contains__, names))
            targets |= zip(keys, _in_saved_order(optimizer, len(keys)), strict=False)
        # A run may begin or cease to keep one: it is not the moments of any weights.
        targets |= {key: self._kept.get(key[len(KEPT) :]) for key in saved if key.startswith(KEPT)}
        loaded = {key: variable for key, variable in targets.items() if variable is not None}
        if saved != set(targets) or any(
            tuple(store[key].shape) != tuple(variable.shape) for key, variable in loaded.items()
        ):
            given = {network: type(o).__name__ for network, o in self._by_network.items()}
            raise ValueError(
                f"Expected the state of this model's optimizers, {given}, with "
                f"{len(self.variables)} variables in the shapes of its weights; got other "
                f"variables, {len(saved)} of them. Compile the model with the optimizers that it "
                "was saved with, or load the weights before compile()."
            )
        for key, variable in loaded.items():
            variable.assign(store[key][()])

    def settings(self) -> dict:
        """Class and settings of each optimizer, by network, for JSON; without their names, some of
        which Keras numbers."""
        return {network: _settings(optimizer) for network, optimizer in self._by_network.items()}

    def get_config(self):
        return {
            "name": self.name,
            "optimizers": {
                network: keras.optimizers.serialize(optimizer)
                for network, optimizer in self._by_network.items()
            },
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        optimizers = {
            network: keras.optimizers.deserialize(optimizer, custom_objects)
            for network, optimizer in config["optimizers"].items()
        }
        return cls(optimizers, name=config["name"])


def _is_constant(optimizer) -> bool:
    """Whether the learning rate is a number, which Keras keeps in a variable, not a schedule."""
    return isinstance(optimizer._learning_rate, keras.Variable)


def _ratios(rates: dict) -> MappingProxyType | None:
    """Of the learning rates to the first of them; None where that is 0 or some are unknown."""
    first = next(iter(rates.values()))
    if not first or None in rates.values():
        return None
    return MappingProxyType({network: rate / first for network, rate in rates.items()})


def _in_saved_order(optimizer, saved: int) -> list:
    """The variables that `saved` values belong to, None for one that has no variable now.

    A constant learning rate is a variable, a schedule is none: where one has replaced the other,
    all else is still the same run's.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    variables = list(optimizer.variables)
    place = [v is inner._iterations for v in variables].index(True) + 1  # Keras makes it second
    constant = _is_constant(inner)
    if constant and saved == len(variables) - 1:
        del variables[place]
    elif not constant and saved == len(variables) + 1:
        variables.insert(place, None)
    return variables


def _settings(optimizer) -> dict:
    config = {k: v for k, v in optimizer.get_config().items() if k != "name"}
    if "inner_optimizer" in config:
        config["inner_optimizer"] = _settings(optimizer.inner_optimizer)
    config = keras.saving.serialize_keras_object(config)
    return {"class_name": keras.saving.get_registered_name(type(optimizer)), **config}
