"""What saving needs of a model: a Protocol, since the models stand above this package."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from keras_genzoo.saving.signature import Signature


class Data(Protocol):
    """What saving needs of a model's `DataSpec`."""

    shape: tuple[int, ...]

    @property
    def is_image(self) -> bool: ...

    @property
    def size(self) -> int: ...


class Saveable(Protocol):
    """A `GenerativeModel`, as far as presets and exports look at it."""

    # Its own.
    spec: Data
    grid_samples: int
    loss_given: str | tuple | list

    @property
    def can_sample(self) -> bool: ...

    @property
    def num_classes(self) -> int | None: ...

    def sample(
        self, n: int, *, seed: int | None = None, labels: Any | None = None
    ) -> np.ndarray: ...

    def signatures(self) -> dict[str, Signature]: ...

    def random_states(self) -> list: ...

    def restored(self) -> None: ...

    average: Any

    def weights_in_use(self) -> list: ...

    # Keras's.
    compiled: bool

    @property
    def compute_dtype(self) -> str: ...

    @property
    def layers(self) -> list: ...

    @property
    def weights(self) -> list: ...

    def count_params(self) -> int: ...

    def get_config(self) -> dict: ...

    @classmethod
    def from_config(cls, config: dict) -> Any: ...

    def save_weights(self, filepath: Path) -> None: ...

    def load_weights(self, filepath: Path) -> None: ...

    def compile_from_config(self, config: dict) -> None: ...
