"""Fine-tuning: what a model takes over from a preset of another configuration."""

import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import h5py

from keras_genzoo.saving.saveable import Saveable

# Groups of a weights' file: the optimizers', whose moments belong to other shapes, and within a
# layer's group that of its variables.
OPTIMIZER, VARIABLES = "optimizer", "vars"
# Below it there is nothing to fine-tune: a bias or two fit by chance.
LEAST_SHARE = 0.01
NAMED = 12  # variables that are named where something is printed


@dataclass(frozen=True)
class TakenOver:
    """Which variables of a model are a preset's, by their place in the model and their shape.

    Args:
        loaded: Those that it took over.
        new: Those that the preset lacks, or has in another shape: they begin at random.
        left: Those of the preset that the model has no place for, in their shape.
        share: How much of the model's numbers was loaded, from 0 to 1.
    """

    loaded: tuple[str, ...]
    new: tuple[str, ...]
    left: tuple[str, ...]
    share: float

    def __str__(self):
        total = len(self.loaded) + len(self.new)
        of_numbers = f"{100 * self.share:.1f} % of its numbers"
        lines = [f"{len(self.loaded)} of {total} variables are the preset's, {of_numbers}."]
        for what, names in (("New", self.new), ("Left out", self.left)):
            if names:
                more = f", and {len(names) - NAMED} more" if len(names) > NAMED else ""
                lines.append(f"{what}: {', '.join(names[:NAMED])}{more}.")
        return "\n".join(textwrap.fill(line, 100, subsequent_indent="  ") for line in lines)


def take_over(model: Saveable, path: Path) -> TakenOver | None:
    """Loads what fits of a weights' file: variables of the same place and shape.

    Args:
        model: Not compiled.
        path: The file.

    Returns:
        What was loaded, nothing below `LEAST_SHARE`; None, and the model as it was, where
        everything would fit.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "own.weights.h5"
        model.save_weights(own)
        with h5py.File(path) as source, h5py.File(own, "r+") as target:
            theirs, ours = _variables(source), _variables(target)
            fits = [p for p, v in ours.items() if p in theirs and theirs[p].shape == v.shape]
            new, left = (
                tuple(_named(p, of[p]) for p in of if p not in fits) for of in (ours, theirs)
            )
            if not new and not left:
                return None
            for place in fits:
                ours[place][...] = theirs[place][...]
            weights = {p: v for p, v in ours.items() if not _is_models_own(p)}
            loaded = [p for p in fits if p in weights]
            share = sum(ours[p].size for p in loaded) / sum(v.size for v in weights.values())
            names = tuple(_named(p, ours[p]) for p in loaded)
        if share >= LEAST_SHARE:
            model.load_weights(own)
    return TakenOver(names, new, left, share)


def _variables(file: h5py.File) -> dict[str, h5py.Dataset]:
    """The variables in a file by their places: "generator/layers/dense/vars/0"."""
    found = {}

    def visit(place, thing):
        if isinstance(thing, h5py.Dataset) and place.partition("/")[0] != OPTIMIZER:
            found[place] = thing

    file.visititems(visit)
    return found


def _is_models_own(place: str) -> bool:
    """Whether it is of no network: a random state, a counter."""
    return place.partition("/")[0] == VARIABLES


def _named(place: str, variable: h5py.Dataset) -> str:
    *layers, _, index = place.split("/")
    # Keras keeps the name of the layer beside its variables.
    names = [part for part in layers if part != "layers"]
    return f"{'/'.join(names) or 'model'}[{index}] {tuple(variable.shape)}"
