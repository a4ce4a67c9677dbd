"""An in-memory data set whose batches are a pure function of the step number."""

import keras
import numpy as np
from numpy.typing import ArrayLike

from keras_genzoo.data.augment import Augment, Augmenter
from keras_genzoo.support.checks import whole_number


class Batches(keras.utils.PyDataset):
    """Examples in memory, batched; batch number `step` is always the same batch.

    The order of epoch `e` is a permutation drawn from `(seed, e)`, and the augmentation of a batch
    is drawn from `(seed, step)`. Nothing depends on what was read before, so training that was
    interrupted goes on with exactly the batches it would have seen.

    Batches are tuples `(x,)`, or `(x, y)` where there are labels, of NumPy arrays. `numpy()` gives
    all examples at once.

    Args:
        x: Array, or anything `np.asarray` takes, one example per entry of its first axis: uint8
            images (n, height, width, channels) in 0..255, or float32 vectors (n, features).
        y: Labels, `len(x)` of them, or None.
        batch_size: Examples per batch.
        shuffle: A new order in every epoch; False keeps the order of `x`.
        seed: Non-negative integer, from which order and augmentation are drawn.
        drop_remainder: Leave out the last `n % batch_size` examples of each epoch's order, so that
            all batches have one shape: XLA compiles once, and batch norm never sees a stub. None
            means: as `shuffle`, which makes training batches full and lets evaluation use every
            example. A set smaller than one batch is never dropped: its one batch holds all of it.
        augment: None, a name, a callable or a list of these: see `keras_genzoo.data.load`, also
            for what a model makes of data that are changed.
        name: What to call the data in messages.

    Attributes:
        x, y, batch_size, shuffle, seed, drop_remainder, augment, name: As given.
        num_examples: `len(x)`.

    Raises:
        ValueError: `x` is empty or has no first axis, `y` has another length, or an argument is out
            of range.

    ```python
    train = zoo.data.Batches(images, batch_size=128, seed=1)
    (x,) = train.batch_at(1000)
    images = train.numpy()
    model.fit(train, epochs=10)
    ```
    """

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike | None = None,
        *,
        batch_size: int = 64,
        shuffle: bool = True,
        seed: int = 0,
        drop_remainder: bool | None = None,
        augment: Augment | None = None,
        name: str | None = None,
    ):
        super().__init__()
        x = np.asarray(x)
        y = None if y is None else np.asarray(y)
        if x.ndim == 0 or x.dtype == object:
            raise ValueError(
                "Expected an array with one example per entry of its first axis; got shape "
                f"{x.shape} and dtype {x.dtype}. Stack the examples: np.stack(examples)."
            )
        if len(x) == 0:
            raise ValueError(f"Expected at least one example; got an empty array: {x.shape}.")
        if y is not None and (y.ndim == 0 or len(y) != len(x)):
            raise ValueError(f"Expected {len(x)} labels, one per example; got shape {y.shape}.")
        self.x = x
        self.y = y
        self.num_examples = len(x)
        self.batch_size = whole_number("batch_size", batch_size)
        self.shuffle = shuffle
        self.seed = whole_number("seed", seed, least=0)
        self.drop_remainder = shuffle if drop_remainder is None else drop_remainder
        self.augment = augment
        self.name = name
        self._augmenter = None if augment is None else Augmenter(augment, x[: self.batch_size])
        self._order_of_epoch: tuple[int | None, np.ndarray] = (None, np.array([], int))

    def __len__(self) -> int:
        """Batches per epoch."""
        if self.drop_remainder:
            return max(1, self.num_examples // self.batch_size)
        return -(-self.num_examples // self.batch_size)

    def batch_at(self, step: int) -> tuple[np.ndarray, ...]:
        """The batch of global step `step` >= 0, `(x,)` or `(x, y)`. Any thread may call it."""
        index = self.indices_at(step)
        x = self.x[index]
        if self._augmenter is not None:
            x = self._augmenter(x, seed=self.seed, step=step)
        return (x,) if self.y is None else (x, self.y[index])

    def indices_at(self, step: int) -> np.ndarray:
        """Which examples the batch of global step `step` >= 0 has, int64 (batch,)."""
        if step < 0:
            raise IndexError(f"Expected a step >= 0; got {step}.")
        epoch, i = divmod(int(step), len(self))
        return self._order(epoch)[i * self.batch_size : (i + 1) * self.batch_size]

    @property
    def has_full_batches(self) -> bool:
        """Whether all batches have one size."""
        return self.drop_remainder or self.num_examples % self.batch_size == 0

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        """Batch `index` of epoch 0."""
        if not 0 <= index < len(self):
            raise IndexError(f"Expected a batch number in 0..{len(self) - 1}; got {index}.")
        return self.batch_at(index)

    def numpy(self) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """All examples in their own order, `x`, or `(x, y)` where there are labels.

        Neither shuffled nor augmented, and none left out. The arrays are those of the set itself:
        copy them before you write into them.
        """
        return self.x if self.y is None else (self.x, self.y)

    @property
    def __array_interface__(self):
        # NumPy asks here first; else it would make an array of the tuples of epoch 0. Keras takes
        # whatever has `__array__` for an array, so that name has to stay free.
        raise TypeError(
            "Expected an array; got Batches, which are read one by one. Take all examples by "
            ".numpy(), or by .x and .y."
        )

    def take(self, n: int) -> "Batches":
        """The first `n` examples of `x` (not of the shuffled order), as Batches like these."""
        n = whole_number("n", n)
        return Batches(
            self.x[:n],
            None if self.y is None else self.y[:n],
            batch_size=self.batch_size,
            shuffle=self.shuffle,
            seed=self.seed,
            drop_remainder=self.drop_remainder,
            augment=self.augment,
            name=self.name,
        )

    def __repr__(self) -> str:
        labels = "" if self.y is None else ", with labels"
        return (
            f"<Batches {self.name or 'unnamed'}: {self.num_examples} examples of shape "
            f"{self.x.shape[1:]} {self.x.dtype}{labels}, {len(self)} batches of {self.batch_size}>"
        )

    def _order(self, epoch: int) -> np.ndarray:
        # One tuple, read once and replaced whole, so that two threads cannot mix two epochs up.
        known_epoch, order = self._order_of_epoch
        if known_epoch != epoch:
            order = np.arange(self.num_examples)
            if self.shuffle:
                order = np.random.default_rng([self.seed, epoch]).permutation(self.num_examples)
            self._order_of_epoch = (epoch, order)
        return order
