"""Names that somebody may have meant."""

import difflib
from collections.abc import Iterable

MOST = 12  # names listed where none is near


def nearest(name, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names nearest to `name`, the best first; none where nothing is near."""
    by_lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=most, cutoff=0.5)
    return [by_lower[one] for one in near]


def hint(name, known: Iterable[str], most: int = 3) -> str:
    """A sentence for the end of a message: the nearest names, or where none is near all of them."""
    known = list(known)
    near = nearest(name, known, most)
    if near:
        return f"Did you mean {' or '.join(map(repr, near))}?"
    return f"Known: {', '.join(known[:MOST])}{', ...' if len(known) > MOST else '.'}"


def known(what: str, name, among: Iterable[str]) -> None:
    """Raises ValueError where `name`, which stands for `what`, is not `among` these."""
    among = list(among)
    if name not in among:
        raise ValueError(f"Expected {what}; got {name!r}. {hint(name, among)}")
