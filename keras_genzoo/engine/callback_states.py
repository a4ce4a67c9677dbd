"""What callbacks have learned during a run, so that a resumed run goes on with it.

A callback's state is what has changed in its plain attributes since training began: numbers,
strings, arrays, and lists, tuples, dictionaries and sets of these. Its settings do not change, so
they stay those of the script. A callback with a property `state` that can be assigned says itself
what its state is, a dictionary of the same plain values.
"""

import collections
import hashlib
import json

import keras
import ml_dtypes
import numpy as np

# What Keras sets, and what is no state: a log's rows are in its file, a bar begins anew.
NOT_STATE = {"params", "_model"}
WITHOUT_STATE = (keras.callbacks.CSVLogger, keras.callbacks.ProgbarLogger)


class NotPlain(TypeError):
    """A value that is not made of numbers, strings, arrays and containers of these."""


def encode(value, arrays: list):
    """`value` as JSON values; its arrays are appended to `arrays`."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        # HDF5 has no numbers such as bfloat16: their bytes are kept.
        own = hasattr(ml_dtypes, value.dtype.name)
        if not own and value.dtype.kind not in "biuf":
            raise NotPlain(str(value.dtype))
        arrays.append(np.asarray(value).view(f"u{value.dtype.itemsize}") if own else value)
        name = "array" if isinstance(value, np.ndarray) else "scalar"
        return {name: [len(arrays) - 1, value.dtype.name if own else None]}
    if kind in (list, tuple, set, collections.deque):
        return {kind.__name__: [encode(v, arrays) for v in value]}
    if isinstance(value, dict) and all(type(key) in (str, int) for key in value):
        return {"dict": [[key, encode(v, arrays)] for key, v in value.items()]}
    raise NotPlain(kind.__name__)


def decode(value, arrays: list):
    """What `encode` was given; of a dictionary's subclass a dictionary."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind in ("array", "scalar"):
        index, own = content
        array = np.array(arrays[index])
        array = array.view(getattr(ml_dtypes, own)) if own else array
        return array if kind == "array" else array[()]
    if kind == "dict":
        return {key: decode(v, arrays) for key, v in content}
    values = [decode(v, arrays) for v in content]
    return {"list": list, "tuple": tuple, "set": set, "deque": collections.deque}[kind](values)


class CallbackStates:
    """The states of a run's callbacks: what has changed in them since training began.

    Args:
        callbacks: Those of the run; before training begins.
    """

    def __init__(self, callbacks: list):
        self.callbacks = [c for c in callbacks if not isinstance(c, WITHOUT_STATE)]
        # By which two callbacks of one class are told apart in another process.
        self.settings = [_digests(callback) for callback in self.callbacks]
        self.begun = self.settings
        self.waiting: list = []  # states that have no callback in this process

    def begin(self):
        """Told when `on_train_begin` of all callbacks is over, which sets attributes anew."""
        self.begun = [_digests(callback) for callback in self.callbacks]

    def changed(self) -> tuple[list, list]:
        """The callbacks' states as JSON, and the arrays in them."""
        arrays: list[np.ndarray] = []
        states = []
        for callback, settings, begun in zip(
            self.callbacks, self.settings, self.begun, strict=True
        ):
            encoded = {key: _encoded(value) for key, value in plain(callback).items()}
            keys = [
                key for key, (text, own) in encoded.items() if _digest(text, own) != begun.get(key)
            ]
            if keys and has_own_state(callback):
                keys = list(encoded)  # it is taken as a whole
            state = {key: encode(plain(callback)[key], arrays) for key in keys}
            name = type(callback).__qualname__
            states.append({"class": name, "settings": settings, "state": state})
        for entry, values in self.waiting:
            state = {key: encode(value, arrays) for key, value in values.items()}
            states.append({**entry, "state": state})
        return states, arrays

    def restore(self, states: list, arrays: list) -> list[str]:
        """Puts back what `changed` gave, into the callbacks of the same class and settings.

        Where settings have changed, into the next one of the class. What has no callback now is
        kept for one that comes back later.

        Returns:
            The classes of these.
        """
        free = dict(enumerate(self.callbacks))
        waiting = []
        for entry in states:
            same = [i for i in free if self.settings[i] == entry["settings"]]
            same = [i for i in same if type(free[i]).__qualname__ == entry["class"]]
            if same:
                _restore(free.pop(same[0]), entry["state"], arrays)
            else:
                waiting.append(entry)
        names = []
        for entry in waiting:
            of_class = [i for i, c in free.items() if type(c).__qualname__ == entry["class"]]
            if of_class:
                _restore(free.pop(of_class[0]), entry["state"], arrays)
            elif entry["state"]:
                values = {key: decode(value, arrays) for key, value in entry["state"].items()}
                self.waiting.append((entry, values))
                names.append(entry["class"])
        return names


def _restore(callback, state: dict, arrays: list):
    values = {key: decode(value, arrays) for key, value in state.items()}
    if has_own_state(callback):
        if values:
            callback.state = values
        return
    for key, value in values.items():
        current = getattr(callback, key, None)
        # In place, for whoever has given or taken the object itself.
        if isinstance(current, list) and isinstance(value, list):
            current[:] = value
        elif isinstance(current, dict | set) and isinstance(value, dict | set):
            current.clear()
            current.update(value)
        elif isinstance(current, collections.deque):
            current.clear()
            current.extend(value)
        else:
            setattr(callback, key, value)


def has_own_state(callback) -> bool:
    """Whether a callback says itself what its state is."""
    own = getattr(type(callback), "state", None)
    return isinstance(own, property) and own.fset is not None


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
        except (NotPlain, RecursionError):  # or a list that holds itself
            continue
        found[key] = value
    return found


def _encoded(value) -> tuple[str, list]:
    arrays: list[np.ndarray] = []
    return json.dumps(encode(value, arrays)), arrays


def _digest(text: str, arrays: list) -> str:
    """Equal for equal values, whatever becomes of the value itself."""
    sha = hashlib.sha256(text.encode())
    for array in arrays:
        sha.update(f"{array.shape} {array.dtype}".encode())
        sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()


def _digests(callback) -> dict[str, str]:
    return {key: _digest(*_encoded(value)) for key, value in plain(callback).items()}
