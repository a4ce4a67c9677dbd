"""The running means that a model logs."""

import functools

import keras
from keras import ops


class Means(keras.metrics.Metric):
    """Means of several figures over an epoch's examples, in one variable: each costs a step time.

    Args:
        names: The figures, as logs have them.
    """

    def __init__(self, names: tuple[str, ...], name: str = "means"):
        super().__init__(name=name, dtype="float32")
        self.names = names
        # The figures' sums, and over how many examples each.
        self.sums = self.add_variable((2, len(names)), "zeros", aggregation="sum", name="sums")

    def update_state(self, values: dict):
        """Takes the values of a step by name: (n,) each, of one n or several, or scalars.

        A scalar stands for all of the step's examples, as many as the longest figure has.

        Raises:
            ValueError: Names that are not those of the figures.
        """
        if values.keys() != set(self.names):
            raise ValueError(
                f"Expected values of {list(self.names)}, the figures that the constructor gave to "
                f"self.track; without {[n for n in self.names if n not in values]}, got "
                f"{[n for n in values if n not in self.names]} besides."
            )
        figures = [ops.cast(values[name], "float32") for name in self.names]
        lengths = {tuple(v.shape) for v in figures if len(v.shape)}
        # Lengths that are not known while a graph is made may differ as well.
        alike = len(lengths) <= 1 and None not in next(iter(lengths), ())
        self.sums.assign_add(_alike(figures) if alike else _by_themselves(figures))

    def count(self):
        """How many examples have been seen since the last reset, as a scalar."""
        return ops.max(self.sums[1])

    def result(self) -> dict:
        means = ops.divide_no_nan(self.sums[0], self.sums[1])
        return {name: means[i] for i, name in enumerate(self.names)}


def _alike(values):
    """Sums and numbers of values, (2, figures), where all have one length: few kernels."""
    one = ops.ones_like(max(values, key=lambda v: len(v.shape)))
    rows = ops.stack([one * v for v in values] + [one] * len(values))
    return ops.sum(ops.reshape(rows, (2, len(values), -1)), axis=-1)


def _by_themselves(values):
    sizes = [ops.cast(ops.size(v), "float32") for v in values]
    longest = functools.reduce(ops.maximum, sizes)
    sums, counts = [], []
    for v, size in zip(values, sizes, strict=True):
        sums.append(ops.sum(v) if len(v.shape) else v * longest)
        counts.append(size if len(v.shape) else longest)
    return ops.stack([ops.stack(sums), ops.stack(counts)])
