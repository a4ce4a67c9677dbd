"""Helpers for error messages about names."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """' Did you mean ...?' with up to three nearest names, or ' Known: ...' when none is near."""
    known = list(known)
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.6)
    if near:
        return f" Did you mean {' or '.join(repr(n) for n in near)}?"
    return f" Known: {', '.join(known[:12])}{', ...' if len(known) > 12 else '.'}"


def check_split(split: str, splits: Iterable[str], source: str, advice: str = "") -> str:
    """`split` as `source` spells it, "val", "valid" and "validation" being one name.

    Args:
        split: the name that was asked for.
        splits: those that there are.
        source: what to call the data in the message.
        advice: a sentence on how one makes more splits, after a space.

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
