"""Checks of arguments; each names what was expected and what came."""

from collections.abc import Iterator

import numpy as np

# Values looked at together: bounds the memory that a check needs beside its array.
CHUNK = 1 << 22


def whole_number(name: str, value, least: int = 1) -> int:
    """`value`, if it is an integer of at least `least`."""
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool | np.bool_)
    if not is_integer or value < least:
        kind = "a positive integer" if least == 1 else f"an integer of at least {least}"
        raise ValueError(f"Expected {name}, {kind}; got {value!r}.")
    return int(value)


def whole_numbers(name: str, values) -> tuple[int, ...]:
    """`values` as a tuple of positive integers, one for each layer of a network."""
    if not isinstance(values, list | tuple):
        raise ValueError(f"Expected {name}, a list such as [500, 500]; got {values!r}.")
    return tuple(whole_number(f"each of {name}", value) for value in values)


def number_between(name: str, value, low: float, high: float) -> None:
    """Raises ValueError unless low < value < high."""
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not low < value < high:
        raise ValueError(f"Expected {name}, a number between {low:g} and {high:g}; got {value!r}.")


def weight(name: str, value) -> float:
    """`value`, if it is a finite number of 0 or more."""
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not 0 <= value < np.inf:
        raise ValueError(f"Expected {name}, a weight of 0 or more; got {value!r}.")
    return value


def finite(x: np.ndarray, what: str) -> None:
    """Raises ValueError where `x` has NaN or infinite values, and counts them."""
    if x.dtype.kind != "f":
        return
    bad = sum(rows.size - int(np.isfinite(rows).sum()) for rows in chunks(x))
    if bad:
        raise ValueError(f"Expected finite {what}; {bad} of {x.size} values are NaN or infinite.")


def chunks(x: np.ndarray) -> Iterator[np.ndarray]:
    """The rows of `x`, some millions of values at a time."""
    if x.ndim < 2:
        yield x
        return
    step = max(1, CHUNK // max(1, x[0].size)) if len(x) else 1
    for i in range(0, len(x), step):
        yield x[i : i + step]
