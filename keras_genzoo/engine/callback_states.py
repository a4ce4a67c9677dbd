"""What callbacks have learned during a run, so that a resumed run goes on with it.

A callback's state is what has changed in its plain attributes since `fit` began: numbers, strings,
arrays, and lists, tuples and dictionaries of these. Its settings do not change, so they stay those
of the script. A callback with a property `state` that can be assigned says itself what its state
is, in the same plain values.
"""

import json

import keras
import numpy as np

# What Keras sets, and what is no state: a log's rows are in its file, a bar begins anew.
NOT_STATE = {"params", "_model"}
WITHOUT_STATE = (keras.callbacks.CSVLogger, keras.callbacks.ProgbarLogger)


class NotPlain(TypeError):
    """A value that is not made of numbers, strings, arrays and containers of these."""


def encode(value, arrays: list):
    """`value` as JSON values; its arrays are appended to `arrays`."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
        arrays.append(np.array(value))
        return {"array" if isinstance(value, np.ndarray) else "scalar": len(arrays) - 1}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [encode(v, arrays) for v in value]}
    if type(value) is dict and all(isinstance(key, str | int) for key in value):
        return {"dict": [[key, encode(v, arrays)] for key, v in value.items()]}
    raise NotPlain(type(value).__name__)


def decode(value, arrays: list):
    """What `encode` was given."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        return np.array(arrays[content])
    if kind == "scalar":
        return np.array(arrays[content])[()]
    if kind == "dict":
        return {key: decode(v, arrays) for key, v in content}
    values = [decode(v, arrays) for v in content]
    return tuple(values) if kind == "tuple" else values


class CallbackStates:
    """The states of a run's callbacks: what changed in them since they were made.

    Args:
        callbacks: Those of the run; before training begins.
    """

    def __init__(self, callbacks: list):
        self.callbacks = {}
        counts = {}
        for callback in callbacks:
            if isinstance(callback, WITHOUT_STATE):
                continue
            name = type(callback).__qualname__
            counts[name] = counts.get(name, 0) + 1
            self.callbacks[f"{name} {counts[name]}"] = callback
        self.made = self._all()
        self.begun = self.made

    def begin(self):
        """Told when `on_train_begin` of all callbacks is over, which sets attributes anew."""
        self.begun = self._all()

    def changed(self) -> tuple[dict, list]:
        """{callback: {attribute: JSON}}, and the arrays in it."""
        arrays, states = [], {}
        for name, callback in self.callbacks.items():
            values = plain(callback)
            changed = [
                key
                for key, value in values.items()
                if any(s[name].get(key) != _signature(value) for s in (self.made, self.begun))
            ]
            if changed and has_own_state(callback):
                changed = values  # it is taken as a whole
            states[name] = {key: encode(values[key], arrays) for key in changed}
        return states, arrays

    def restore(self, states: dict, arrays: list):
        """Puts back what `changed` gave; what has no callback any more is left out."""
        for name, state in states.items():
            callback = self.callbacks.get(name)
            if callback is None:
                continue
            values = {key: decode(value, arrays) for key, value in state.items()}
            if has_own_state(callback):
                if values:
                    callback.state = values
            else:
                for key, value in values.items():
                    setattr(callback, key, value)

    def _all(self):
        return {
            name: {key: _signature(value) for key, value in plain(callback).items()}
            for name, callback in self.callbacks.items()
        }


def has_own_state(callback) -> bool:
    """Whether a callback says itself what its state is."""
    return isinstance(getattr(type(callback), "state", None), property)


def plain(callback) -> dict:
    """A callback's own `state`, else its plain attributes."""
    if has_own_state(callback):
        return callback.state
    # Keras turns the sign of min_delta when it first compares, and will again.
    compares = {"min_delta"} if hasattr(callback, "monitor_op") else set()
    found = {}
    for key, value in vars(callback).items():
        if key in NOT_STATE or key in compares:
            continue
        try:
            encode(value, [])
        except NotPlain:
            continue
        found[key] = value
    return found


def _signature(value) -> tuple:
    """Equal for equal values, whatever becomes of the value itself."""
    arrays = []
    text = json.dumps(encode(value, arrays))
    return text, tuple((a.shape, a.dtype.str, a.tobytes()) for a in arrays)
