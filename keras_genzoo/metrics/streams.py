"""Images from wherever they are, as batches of one size: every one of them, in their order."""

from collections.abc import Iterable, Iterator, Sequence

import keras
import numpy as np

from keras_genzoo.data import Batches
from keras_genzoo.metrics.features.extractors import checked
from keras_genzoo.support.abilities import Samples, SamplesByNumber
from keras_genzoo.support.checks import whole_number

# Samples that a model draws at once.
DRAWN_AT_ONCE = 1000


def samples_of(
    model: Samples,
    n: int,
    seed: int = 0,
    truncation: float | None = None,
    labels: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """`n` samples of a model, a thousand at a time, so that memory does not grow with `n`.

    Those of a model of the zoo are `model.sample(n, seed=seed)`, part by part. Of another model,
    the first part is `model.sample(min(n, 1000), seed=seed)`; each later one has a seed of its own.

    Args:
        model: Has `sample(n, seed=...)`. One of the zoo shows no progress.
        n: How many.
        seed: The same seed draws the same samples.
        truncation: Handed on to `model.sample`, where it is not None.
        labels: Of a conditional model, (n,); None where it draws them.

    Yields:
        What `model.sample` gives, at most 1000 of them.

    Raises:
        ValueError: `n` is not a positive integer, or `seed` not a non-negative one.
    """
    whole_number("n", n)
    whole_number("seed", seed, least=0)
    arguments: dict = {} if truncation is None else {"truncation": truncation}
    for first in range(0, n, DRAWN_AT_ONCE):
        count = min(DRAWN_AT_ONCE, n - first)
        if labels is not None:
            arguments["labels"] = labels[first : first + count]
        if isinstance(model, SamplesByNumber):
            yield model.sample(count, seed=seed, first=first, verbose=0, **arguments)
        else:
            # An odd factor, so that the parts of two small seeds do not meet.
            own_seed = (seed + first // DRAWN_AT_ONCE * 1_000_003) % 2**31
            yield model.sample(count, seed=own_seed, **arguments)


def labels_like(real_labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n labels in the shares of real ones, (n,): random orders of all of these, one by one."""
    rng = np.random.default_rng(seed)
    rounds = -(-n // len(real_labels))
    return np.concatenate([rng.permutation(real_labels) for _ in range(rounds)])[:n]


def examples_in(source) -> Iterator[np.ndarray]:
    """The batches of a data set, or one batch of an array; labels are left out.

    Of `Batches` all examples, as they are stored: neither shuffled nor augmented, none dropped.
    """
    if isinstance(source, Batches):
        yield source.x
    elif hasattr(source, "__array__"):
        yield np.asarray(source)
    elif isinstance(source, keras.utils.PyDataset):
        yield from (_without_labels(source[i]) for i in range(len(source)))
    elif isinstance(source, Iterable) and not isinstance(source, str | bytes | dict):
        yield from map(_without_labels, source)
    else:
        raise ValueError(
            "Expected a model with sample(n, seed=...), an array of images, or batches of them; "
            f"got {type(source).__name__}."
        )


def rebatched(
    batches: Iterable[np.ndarray], size: int, image_shape: Sequence[int] | None, what: str
) -> Iterator[np.ndarray]:
    """Images in batches of `size`, whatever they come in; the last has what is left.

    So a network computes the same for an image, to the last bit, whatever batches it came in.

    Args:
        batches: uint8 (n, height, width, channels) each.
        size: Of the batches to make.
        image_shape: What one image must be; None for whatever the first one is.
        what: What to call the images in messages.

    Raises:
        ValueError: None at all; another dtype; a shape that differs.
    """
    waiting, count = [], 0
    for batch in batches:
        batch = checked(batch)
        image_shape = image_shape or batch.shape[1:]
        if batch.shape[1:] != image_shape:
            raise ValueError(
                f"Expected {what} of shape {image_shape}, as the others; got {batch.shape[1:]}. "
                "Resize or convert them before."
            )
        while len(batch):
            waiting.append(batch[: size - count])
            count += len(waiting[-1])
            batch = batch[len(waiting[-1]) :]
            if count == size:
                yield waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
                waiting, count = [], 0
    if waiting:
        yield np.concatenate(waiting)
    elif image_shape is None:
        raise ValueError(f"Expected {what}; got none. A generator that was used up gives no more.")


def _without_labels(batch) -> np.ndarray:
    return np.asarray(batch[0] if isinstance(batch, tuple | list) else batch)
