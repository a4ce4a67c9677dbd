"""What an exported model offers: one function with named inputs and outputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Signature:
    """A function of an exported model.

    Args:
        function: Takes its inputs in their order, is traceable, and returns a tensor or a
            dictionary of them.
        inputs: Name -> (shape, dtype); None is the batch, () a scalar.
        output: The name of what the function gives, where that is a single tensor.
        draws: Whether it draws random numbers, which only a SavedModel can.
        ranges: Input -> the least and the largest of its values; a SavedModel checks them.
    """

    function: Callable
    inputs: Mapping[str, tuple[Shape, str]]
    output: str
    draws: bool = False
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def is_deterministic(self) -> bool:
        """Whether equal inputs give equal outputs: nothing is drawn, and no seed asked for."""
        return not self.draws and "seed" not in self.inputs

    def call(self, *inputs) -> dict:
        """What the function gives, each tensor by its name."""
        results = self.function(*inputs)
        return results if isinstance(results, dict) else {self.output: results}

    def described(self, name: str, results: dict[str, tuple[Shape, str]]) -> str:
        """One line: `decode(z float32(batch, 8)) -> images uint8(batch, 28, 28, 1)`."""
        inputs, outputs = (
            ", ".join(f"{key} {_kind(*kind)}" for key, kind in kinds.items())
            for kinds in (self.inputs, results)
        )
        return f"{name}({inputs}) -> {outputs}"


def _kind(shape: Shape, dtype: str) -> str:
    return f"{dtype}({', '.join('batch' if n is None else str(n) for n in shape)})"
