"""`keras-genzoo list`."""

import inspect
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from keras_genzoo.cli import shell
from keras_genzoo.models import catalogue


@shell.app.command("list", epilog="keras-genzoo list")
def list_command(debug: shell.Debug = False) -> None:
    """Models with their papers, pretrained presets, and data sets."""
    with shell.running(debug):
        zoo = shell.zoo()
        from keras_genzoo.data.load import BUILT_IN
        from keras_genzoo.registry import MODELS

        console = Console()
        models = Table("Model", "What it learns", "Paper", title="Models", title_justify="left")
        for name, cls in MODELS.items():
            paper = str(catalogue.ROWS[name].paper)
            models.add_row(f"[bold]{name}[/]", _first_sentence(cls), paper)
        console.print(models)

        presets = Table("Preset", "Model", title="Presets", title_justify="left")
        for name in zoo.presets():
            presets.add_row(f"[bold]{name}[/]", _model_of(name, zoo.saving.zoo_folder()))
        console.print(presets if presets.rows else "No presets are installed.")

        data = Table("Data", "What it is", title="Data sets", title_justify="left")
        for name, function in BUILT_IN.items():
            data.add_row(f"[bold]{name}[/]", (inspect.getdoc(function) or "").splitlines()[0])
        data.add_row("mnist, cifar10, ...", "Any image data set of tensorflow-datasets.")
        data.add_row("./folder, x.npz, ...", "Your images: a folder, idx, npz or npy files.")
        console.print(data)


def _first_sentence(cls) -> str:
    paragraph = " ".join((inspect.getdoc(cls) or "").partition("\n\n")[0].split())
    return paragraph.rstrip(".")


def _model_of(preset: str, folder: Path) -> str:
    """The model's name, or the class's where the zoo has no such model."""
    metadata = json.loads((folder / preset / "metadata.json").read_text())
    class_name = metadata["class_name"].rpartition(">")[2]
    row = catalogue.find(class_name)
    return row.name if row else class_name
