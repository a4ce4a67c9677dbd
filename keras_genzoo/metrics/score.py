"""A score and the protocol it was measured by."""

import json
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT = _Absent()


@dataclass(frozen=True)
class Score:
    """One metric's value, which compares with values of the same metric and protocol alone.

    `<`, `<=`, `>`, `>=` and `-` (a float, the difference of the values) raise ValueError and name
    the entries that differ; `==` asks whether everything is equal. Whether less is better is the
    metric's business.

    ```python
    Score = zoo.metrics.Score
    score = Score("frechet_distance", 22.3, {"data": "cifar10", "split": "test", "samples": 10_000})
    print(score)  # frechet_distance 22.3 (data=cifar10, split=test, samples=10000)
    score < Score("frechet_distance", 20.1, {"data": "cifar10", "split": "train"})  # ValueError
    ```

    Args:
        metric: Its name.
        value: A finite number.
        protocol: What a reader needs to measure it again: data, split, sample counts, extractor
            and its hash, resize, seed, truncation, ... Names to plain JSON values; copied.
        error: Its standard deviation or error, None where there is none; the protocol says which.

    Raises:
        ValueError: No metric or no protocol, a value that is not finite, an error below 0, protocol
            entries that JSON does not have.
    """

    metric: str
    value: float
    protocol: dict[str, Any]
    error: float | None = None

    def __post_init__(self):
        if not isinstance(self.metric, str) or not self.metric:
            raise ValueError(f"Expected metric, the metric's name; got {self.metric!r}.")
        object.__setattr__(self, "value", _number("value", self.value))
        if self.error is not None:
            object.__setattr__(self, "error", _number("error", self.error))
            if self.error < 0:
                raise ValueError(f"Expected error, at least 0 or None; got {self.error!r}.")
        if not isinstance(self.protocol, dict) or not self.protocol:
            raise ValueError(
                "Expected protocol, a dict that says how the score was measured; got "
                f"{self.protocol!r}."
            )
        object.__setattr__(self, "protocol", _plain("protocol", self.protocol))

    def with_protocol(self, **entries) -> "Score":
        """The same figure, with these entries in its protocol."""
        return replace(self, protocol={**self.protocol, **entries})

    def differences(self, other: "Score") -> list[str]:
        """What keeps two scores from being compared, one line for each entry; empty for nothing."""
        found = []
        if self.metric != other.metric:
            found.append(f"metric: {self.metric!r} and {other.metric!r}")
        for name in {**self.protocol, **other.protocol}:
            mine, theirs = (s.protocol.get(name, _ABSENT) for s in (self, other))
            if mine != theirs:
                found.append(f"{name}: {mine!r} and {theirs!r}")
        return found

    def __lt__(self, other):
        return self._same(other) and self.value < other.value

    def __le__(self, other):
        return self._same(other) and self.value <= other.value

    def __gt__(self, other):
        return self._same(other) and self.value > other.value

    def __ge__(self, other):
        return self._same(other) and self.value >= other.value

    def __sub__(self, other) -> float:
        self._same(other)
        return self.value - other.value

    def __str__(self) -> str:
        error = "" if self.error is None else f" ± {self.error:.4g}"
        entries = ", ".join(f"{name}={value}" for name, value in self.protocol.items())
        return f"{self.metric} {self.value:.6g}{error} ({entries})"

    def to_json(self) -> str:
        """A JSON object of metric, value, error and protocol, in one line."""
        fields = {"metric": self.metric, "value": self.value, "error": self.error}
        return json.dumps({**fields, "protocol": self.protocol}, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Score":
        """The score of `to_json`.

        Raises:
            ValueError: Not JSON, or entries missing or unknown.
        """
        content = json.loads(text)
        want = {"metric", "value", "error", "protocol"}
        if not isinstance(content, dict) or set(content) != want:
            got = sorted(content) if isinstance(content, dict) else type(content).__name__
            raise ValueError(f"Expected a JSON object with {sorted(want)}; got {got}.")
        return cls(**content)

    def _same(self, other) -> bool:
        if not isinstance(other, Score):
            raise TypeError(f"Expected another Score to compare with; got {other!r}.")
        if found := self.differences(other):
            raise ValueError(
                "Expected scores of one metric and protocol; these differ in " + "; ".join(found)
            )
        return True


def _number(name: str, value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(f"Expected {name}, a number; got {value!r}.")
    if not math.isfinite(value):
        raise ValueError(f"Expected {name}, a finite number; got {value!r}.")
    return float(value)


def _plain(name: str, value):
    """A copy of plain JSON values: what to_json and from_json give back."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise ValueError(f"Expected names in {name}; got {wrong[0]!r}.")
        return {key: _plain(f"{name}[{key!r}]", entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"Expected {name}, a finite number; got {value!r}.")
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"Expected {name}, a plain JSON value; got {value!r}.")
