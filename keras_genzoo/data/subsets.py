"""Which examples of a source are loaded: a split, a slice of it, or so many of it."""

import bisect
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Subset:
    """What of a source is wanted.

    Attributes:
        split: "train", "test", ...
        start, stop: The ends of a slice, as a position ("100", "-100") or a share ("90%"); None
            where it is open.
        limit: No more examples than this; None for all.
    """

    split: str
    start: str | None = None
    stop: str | None = None
    limit: int | None = None

    @classmethod
    def parse(cls, split: str, limit: int | None = None) -> "Subset":
        """Of a split "train" or a slice "train[:90%]", "train[100:200]" of one."""
        end = r"(-?\d+%?)?"
        match = re.fullmatch(rf"([^\[\]]+)(?:\[{end}:{end}\])?", split)
        if not match:
            raise ValueError(
                "Expected a split such as 'train', or a slice such as 'train[:90%]' or "
                f"'train[1000:2000]'; got {split!r}."
            )
        name, start, stop = match.groups()
        return cls(name, start, stop, limit)

    def of(self, n: int, labels: np.ndarray | None = None) -> np.ndarray:
        """The chosen ones of `n` examples: their positions, in ascending order.

        Raises:
            ValueError: A slice without examples.
        """
        chosen = np.arange(n)
        if self.start is not None or self.stop is not None:
            part = slice(_position(self.start, n), _position(self.stop, n))
            chosen = np.sort(_mixed(n, labels)[part])
            if not len(chosen):
                raise ValueError(
                    f"Expected a slice that holds examples; got '{self.split}"
                    f"[{self.start or ''}:{self.stop or ''}]' of {n}."
                )
        if self.limit is None or self.limit >= len(chosen):
            return chosen
        return chosen[spread(len(chosen), None if labels is None else labels[chosen], self.limit)]

    def take(self, x: np.ndarray, y: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """The chosen ones of examples and labels."""
        chosen = self.of(len(x), y)
        if len(chosen) == len(x):
            return x, y
        return x[chosen], None if y is None else y[chosen]


def check_split(split: str, splits: Iterable[str], source: str, advice: str = "") -> str:
    """`split` as `source` spells it, "val", "valid" and "validation" being one name.

    Args:
        split: The name that was asked for.
        splits: Those that there are.
        source: What to call the data in the message.
        advice: A sentence on how one makes more splits, after a space.

    Raises:
        ValueError: `source` has no such split; the message lists those it has.
    """
    splits = list(splits)
    validation = ("val", "valid", "validation")
    wanted = validation if split in validation else (split,)
    for name in splits:
        if name in wanted:
            return name
    if len(splits) == 1:
        part = splits[0]
        advice += f" Two slices share no example: '{part}[:90%]' and '{part}[90%:]'."
    raise ValueError(f"Expected a split of {source}: {', '.join(splits)}; got {split!r}.{advice}")


def training_split(split: str) -> str:
    """What to train on where `split` is for testing: "train", or what a slice of it leaves.

    Raises:
        ValueError: A slice whose rest is not one slice.
    """
    if not split.startswith("train["):
        return "train"
    subset = Subset.parse(split)
    if subset.start is None and subset.stop is None:
        return "train"
    if subset.start is None:
        return f"train[{subset.stop}:]"
    if subset.stop is None:
        return f"train[:{subset.start}]"
    raise ValueError(
        "Expected a slice that leaves one slice to train on, such as 'train[90%:]'; got "
        f"{split!r}. Open it at one end."
    )


def spread(n: int, labels: np.ndarray | None, limit: int) -> np.ndarray:
    """Positions of `limit` of `n` examples, ascending, at even distances.

    With labels, each class has as many as any other, or all it has where that is less, at even
    distances within the class.
    """
    if labels is None:
        return _evenly(n, limit)
    _, of_class, counts = np.unique(labels, return_inverse=True, return_counts=True)

    def filled(level: int) -> np.ndarray:
        return np.minimum(counts, level)

    levels = range(counts.max() + 1)
    level = bisect.bisect_right(levels, limit, key=lambda level: filled(level).sum()) - 1
    share = filled(level)
    more = np.flatnonzero(counts > level)
    share[more[_evenly(len(more), limit - share.sum())]] += 1
    classes = np.split(np.argsort(of_class, kind="stable"), np.cumsum(counts)[:-1])
    chosen = [members[_evenly(len(members), k)] for members, k in zip(classes, share, strict=True)]
    return np.sort(np.concatenate(chosen))


def _evenly(n: int, k: int) -> np.ndarray:
    return np.arange(k) * n // max(k, 1)


def _mixed(n: int, labels: np.ndarray | None) -> np.ndarray:
    """A fixed random order of `n` examples, any stretch of which has each class in its share."""
    order = np.random.default_rng(0).permutation(n)
    if labels is None:
        return order
    _, of_class, counts = np.unique(labels[order], return_inverse=True, return_counts=True)
    rank = np.empty(n)
    rank[np.argsort(of_class, kind="stable")] = np.concatenate([np.arange(c) for c in counts])
    return order[np.argsort((rank + 0.5) / counts[of_class], kind="stable")]


def _position(end: str | None, n: int) -> int | None:
    """Where a slice of `n` ends. Shares are rounded once, so that neighbours share a border."""
    if end is None:
        return None
    if not end.endswith("%"):
        return int(end)
    percent = int(end[:-1])
    return (n * min(max(percent + 100 * (percent < 0), 0), 100) + 50) // 100
