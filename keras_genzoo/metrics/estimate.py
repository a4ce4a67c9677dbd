"""A figure and how far it scatters."""

from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """The mean and the standard deviation (divided by n) of a figure over splits or subsets."""

    mean: float
    std: float

    @classmethod
    def over(cls, values) -> "Estimate":
        return cls(float(np.mean(values)), float(np.std(values)))
