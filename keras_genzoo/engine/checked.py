"""Checks of what a model is fed: of an array at once, of a stream each batch as it comes."""

import copy
import itertools
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Protocol, runtime_checkable

import keras
import numpy as np
from keras import ops

from keras_genzoo.data.batches import Batches
from keras_genzoo.engine.checked_tf_data import MARK, checked_inside, error_inside, too_few
from keras_genzoo.engine.data_spec import ENOUGH_TO_JUDGE, DataSpec
from keras_genzoo.engine.labels import Labels

# Batches over which images of 0 and 1 alone are judged: one may be nearly black.
FIRST_BATCHES = 8


def is_array(x) -> bool:
    """NumPy arrays, lists, and the tensors of every backend."""
    return isinstance(x, np.ndarray | list) or ops.is_tensor(x) or hasattr(x, "__array__")


def as_numpy(x) -> np.ndarray:
    """An array of what `is_array`."""
    return ops.convert_to_numpy(x) if ops.is_tensor(x) else np.asarray(x)


def is_tf_data(x) -> bool:
    """A `tf.data.Dataset`."""
    return hasattr(x, "element_spec") and hasattr(x, "map")


def concrete(x) -> bool:
    """Whether values can be looked at: not those of a graph that is being made."""
    if not ops.is_tensor(x):
        return isinstance(x, np.ndarray | list)
    try:
        ops.convert_to_numpy(x)
    except (TypeError, AttributeError, NotImplementedError):
        return False
    return True


class Watch:
    """Checks one batch after the other, all of the same stream.

    Args:
        spec: What the examples are.
        labels: What comes with them; None for nothing that is looked at.
        least: Fewest examples of a batch.
    """

    def __init__(self, spec: DataSpec, labels: Labels | None = None, least: int = 1):
        self.spec, self.labels, self.least = spec, labels, least
        self.error = None
        # Until a pixel above 1 is seen.
        self.judges = spec.is_image
        self.batches, self.examples, self.ones, self.dtype = 0, 0, False, None

    def __call__(self, batch):
        """The batch, checked."""
        x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
        x = x if isinstance(x, np.ndarray) else ops.convert_to_numpy(x)
        try:
            self.spec.check(x, whole=False)
            if len(x) < self.least:
                raise too_few(len(x), self.least)
            if self.labels is not None:
                self.labels.check(y, len(x))
            if self.judges:
                self._judge(x)
        except ValueError as error:
            self.error = error
            raise
        return batch

    def _judge(self, x):
        high = x.max()
        self.judges = high <= 1
        self.batches, self.examples = self.batches + 1, self.examples + len(x)
        self.ones, self.dtype = self.ones or high == 1, x.dtype
        if self.batches >= FIRST_BATCHES and self.examples >= ENOUGH_TO_JUDGE:
            self.ended()

    def ended(self):
        """Told where a stream ends: then its batches are all of it."""
        if self.judges and self.ones:
            self.error = ValueError(self.spec.binary_message(self.dtype))
            raise self.error


class Checks:
    """What one call of `fit`, `evaluate` or `predict` takes in: checked, or about to be.

    As a context, it turns what a backend makes of a failed check into the check's own error.

    Args:
        spec: What the examples are.
        refuse: Of labels and sample weights, None where there are none; raises ValueError for
            those that the model has no use for.
        labels: What comes with the examples; None for nothing that is looked at.
    """

    def __init__(self, spec: DataSpec, refuse: Callable, labels: Labels | None = None):
        self.spec, self.refuse, self.labels = spec, refuse, labels
        self.watches: list[Watch] = []
        self._least = 1

    def take(self, x, y=None, sample_weight=None, least: int = 1):
        """Checks all of an array and the first batch of a stream.

        Args:
            x, y, sample_weight: As a method of Keras's is given them.
            least: Fewest examples of a stream's batches.

        Returns:
            The data and labels to use in place of these: streams check themselves from here on.
        """
        if x is None:
            raise ValueError(
                "Expected data: a NumPy array, zoo.data, a tf.data.Dataset or PyDataset; got None."
            )
        if isinstance(x, FunctionType):
            raise ValueError(
                f"Expected data; got the function {x.__name__}. Call it, where it is a generator: "
                f"{x.__name__}()."
            )
        if isinstance(x, Batches):
            self.refuse(x.y if y is None else y, sample_weight)
            self.spec.check(x.x)
            if self.labels is not None:
                self._refuse_beside(y)
                self.labels.check(x.y, len(x.x))
            return x, None
        if is_array(x) or isinstance(x, str):
            self.refuse(y, sample_weight)
            # Not again what is NumPy already: the conversion would copy it.
            x = x if isinstance(x, np.ndarray | str) else as_numpy(x)
            self.spec.check(x)
            return x, y if self.labels is None else self.labels.check(y, len(x))
        if self.labels is not None:
            self._refuse_beside(y)
        watch = Watch(self.spec, self.labels, least)
        self.watches.append(watch)
        self._least = max(self._least, least)
        return self._stream(x, y, sample_weight, watch), y

    def _refuse_beside(self, y):
        if y is not None:
            raise ValueError(
                "Expected the labels within the data set; got them beside it. Let it give batches "
                "(x, labels): zoo.data.load does with labels=True."
            )

    def _first(self, batch, y, sample_weight, watch):
        """Checks what a stream gives first."""
        _, y_in_batch, weight_in_batch = keras.utils.unpack_x_y_sample_weight(batch)
        self.refuse(
            y_in_batch if y is None else y,
            weight_in_batch if sample_weight is None else sample_weight,
        )
        watch(batch)

    def _stream(self, x, y, sample_weight, watch):
        if isinstance(x, keras.utils.PyDataset):
            if x.num_batches == 0:
                raise _empty()
            self._first(x[0], y, sample_weight, watch)
            last = FIRST_BATCHES if x.num_batches is None else x.num_batches
            _judge_first((x[i] for i in range(1, last)), watch)
            return CheckedDataset(x, watch)
        iterator = iter(x)
        first = next(iterator, None)
        if first is None:
            raise _empty()
        self._first(first, y, sample_weight, watch)
        if is_tf_data(x):
            _judge_first(x.skip(1), watch)
            return checked_inside(x, self.spec, self.labels, watch.least)
        if iterator is x:  # a generator: its first batch is put back
            return _each(x, watch, first)
        if any(base.__module__.startswith("torch.utils.data") for base in type(x).__mro__):
            return _checked_loader(x, watch, self.watches)
        return x

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if error is None:
            return
        for watch in self.watches:
            if watch.error is not None:
                raise watch.error from None
        if MARK in str(error):
            raise error_inside(self.spec, self.labels, self._least, str(error)) from None


def _empty() -> ValueError:
    return ValueError("Expected data with at least one batch; the data set is empty.")


@runtime_checkable
class StartsAnywhere(Protocol):
    """A stream that can be had from another batch on."""

    def from_batch(self, first: int, *, rotated: bool = False):
        """The same without its first batches; `rotated`, these come after the last one."""


class CheckedDataset(keras.utils.PyDataset):
    """A user's PyDataset from its batch `first` on, checked."""

    def __init__(
        self,
        dataset: keras.utils.PyDataset,
        watch: Watch,
        first: int = 0,
        rotated: bool = False,
    ):
        super().__init__(
            workers=dataset.workers,
            use_multiprocessing=dataset.use_multiprocessing,
            max_queue_size=dataset.max_queue_size,
        )
        self.dataset, self.watch, self.first, self.rotated = dataset, watch, first, rotated

    @property
    def num_batches(self):
        batches = self.dataset.num_batches
        return batches if batches is None or self.rotated else batches - self.first

    def __getitem__(self, i):
        i += self.first
        if self.rotated and self.num_batches:
            i %= self.num_batches
        return self.watch(self.dataset[i])

    def on_epoch_begin(self):
        self.dataset.on_epoch_begin()

    def on_epoch_end(self):
        self.dataset.on_epoch_end()

    def from_batch(self, first: int, *, rotated: bool = False) -> "CheckedDataset":
        """The same, from another batch on."""
        return CheckedDataset(self.dataset, self.watch, first, rotated)


def _each(iterator, watch: Watch, first) -> Iterator:
    """The batches of a generator, the first of which was taken and checked."""
    # A function that yields: Keras takes nothing else for a generator.
    yield first
    for batch in iterator:
        yield watch(batch)
    watch.ended()


def _checked_loader(loader, like: Watch, watches, first=0, rotated=False):
    """A copy of a PyTorch DataLoader from its batch `first` on, whose batches are checked."""
    own = type(loader)

    def __iter__(self):
        watch = Watch(like.spec, like.labels, like.least)
        watches.append(watch)
        for batch in itertools.islice(own.__iter__(self), first, None):
            yield watch(batch)
        if rotated:
            for batch in itertools.islice(own.__iter__(self), first):
                yield watch(batch)
        watch.ended()

    def from_batch(self, first, *, rotated=False):
        return _checked_loader(loader, like, watches, first, rotated)

    methods = {
        "__iter__": __iter__,
        "__len__": lambda self: own.__len__(self) - (0 if rotated else first),
        "from_batch": from_batch,
    }
    checked = copy.copy(loader)
    # Keras knows a loader by its class, and the class itself guards its attributes.
    object.__setattr__(checked, "__class__", type(f"Checked{own.__name__}", (own,), methods))
    return checked


def _judge_first(batches, watch: Watch):
    """Looks for pixels above 1 in the next batches, where the first one has none."""
    batches = iter(batches)
    for batch in itertools.islice(batches, FIRST_BATCHES - 1):
        if not watch.judges:
            return
        watch(batch)
    watch.ended()
