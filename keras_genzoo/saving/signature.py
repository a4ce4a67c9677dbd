"""What an exported model offers: one function with named inputs and outputs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Signature:
    """A function of an exported model.

    Args:
        function: Takes its inputs in their order, is traceable, and returns a tensor or a
            dictionary of them.
        inputs: Name -> (shape, dtype); None is the batch, () a scalar.
        output: The name of what the function gives, where that is a single tensor.
        draws: Whether it draws random numbers, which only a SavedModel can.
    """

    function: Callable
    inputs: dict[str, tuple[tuple[int | None, ...], str]]
    output: str
    draws: bool = False
