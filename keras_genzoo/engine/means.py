"""The running means that a model logs."""

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
        # The figures' sums, and the number of examples.
        self.sums = self.add_variable((len(names) + 1,), "zeros", aggregation="sum", name="sums")

    def update_state(self, values: dict):
        """Takes each figure's values of a step, (batch,), or one for all its examples."""
        values = [ops.cast(values[name], "float32") for name in self.names]
        one = ops.ones_like(max(values, key=lambda v: len(v.shape)))
        rows = ops.stack([one * v for v in values] + [one])  # summed at once: few kernels
        self.sums.assign_add(ops.sum(ops.reshape(rows, (len(self.names) + 1, -1)), axis=1))

    def count(self):
        """How many examples have been seen since the last reset, as a scalar."""
        return self.sums[-1]

    def result(self) -> dict:
        means = ops.divide_no_nan(self.sums[:-1], self.sums[-1])
        return {name: means[i] for i, name in enumerate(self.names)}
