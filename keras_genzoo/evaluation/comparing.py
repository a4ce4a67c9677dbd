"""Many models by one ruler: trained or loaded, measured stage by stage, and resumable."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from rich.console import Console

from keras_genzoo.evaluation import comparison_pictures
from keras_genzoo.evaluation.comparison import Comparison
from keras_genzoo.evaluation.contestants import contestant, write_text
from keras_genzoo.evaluation.ruler import Ruler
from keras_genzoo.models import catalogue
from keras_genzoo.support.files import check_writable, written_whole
from keras_genzoo.support.types import FilePath
from keras_genzoo.support.undisturbed import undisturbed

FAMILIES = tuple(catalogue.one_of_each_family())
SHOWN = 12  # samples of each model in the picture


def compare(
    models: Iterable[str] = FAMILIES,
    ruler: Ruler | None = None,
    *,
    out: FilePath = "runs/compare",
    epochs: int | None = None,
    settings: dict[str, dict] | None = None,
    seed: int = 0,
    verbose: int = 1,
) -> Comparison:
    """Trains or loads models, measures each by the same ruler, and writes the table.

    A model of the zoo, such as "vae", is trained on the ruler's data, small and briefly, as its
    row of `models.catalogue` says; a class of one's own, "module:Class", for as many steps with
    its own defaults. Anything else is a preset: a zoo name, a folder, hf://owner/name.

    `out` gets comparison.json, comparison.md, comparison.png, samples.png, and a folder for each
    model: its checkpoints, log.csv and preset where it was trained, scores.json and samples.npy.
    The same call again goes on where an interrupted one stopped: finished training and measured
    stages are not repeated; more `epochs` train on.

    Args:
        models: Their names, each once.
        ruler: Data and protocol; `Ruler("digits")` by default.
        out: Folder of the comparison.
        epochs: Of each model that is trained; None for as many as its quick settings make.
        settings: Constructor arguments in place of the quick ones, such as
            {"vae": {"latent_dim": 2}}.
        seed: Of weights, noise and order in training.
        verbose: 0 says nothing.

    Raises:
        ValueError: Unknown models, before anything is trained; models of another shape than the
            data; a folder that holds a comparison on other data, or with other settings.
        OSError: `out` cannot be written.
    """
    ruler = Ruler("digits") if ruler is None else ruler
    out, names, settings = Path(out), list(models), settings or {}
    if len(set(names)) < len(names) or not names:
        raise ValueError(f"Expected models, each once; got {names}.")
    if unknown := set(settings) - set(names):
        raise ValueError(f"Expected settings of the models {names}; got some of {sorted(unknown)}.")
    check_writable(out)
    console = Console(quiet=not verbose, highlight=False)
    with undisturbed():
        # All of them at first, so that what cannot be built is known before hours of training.
        contestants = [
            contestant(name, ruler, out / _folder(name), epochs, settings.get(name), seed)
            for name in names
        ]
        if len({c.folder for c in contestants}) < len(contestants):
            raise ValueError(f"Expected models of different folder names; got {names}.")
        entries = {c.name: c.entry(ruler, console) for c in contestants}
    comparison = Comparison(ruler.describe(), entries)
    write(comparison, out, _rows(ruler, contestants) if ruler.is_image else None)
    return comparison


def write(comparison: Comparison, out: Path, rows: dict[str, np.ndarray] | None) -> None:
    """The comparison's files; `rows` of samples by model for samples.png."""
    texts = {"comparison.json": comparison.to_json(), "comparison.md": comparison.markdown()}
    for name, text in texts.items():
        write_text(out / name, text)
    images = {"comparison.png": comparison_pictures.bars(comparison)}
    if rows is not None:
        images["samples.png"] = comparison_pictures.rows_of_samples(rows)
    for name, image in images.items():
        with written_whole(out / name) as temporary:
            image.save(temporary)


def _rows(ruler, contestants) -> dict[str, np.ndarray]:
    """Samples for the picture, above them real images."""
    rows = {f"{ruler.data}, {ruler.split}": ruler.test[:SHOWN]}
    for c in contestants:
        path = c.folder / "samples.npy"
        if path.exists():
            rows[c.name] = np.load(path)[:SHOWN]
    return rows


def _folder(name: str) -> str:
    """A name that a file system takes, of a model or a preset's place."""
    words = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return words.strip("._") or "model"
