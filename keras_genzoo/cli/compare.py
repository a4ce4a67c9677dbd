"""`keras-genzoo compare`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from keras_genzoo.cli import measuring, settings, shell
from keras_genzoo.models import catalogue


@shell.app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo compare\n\n"
        "keras-genzoo compare vae runs/my_vae/preset --data mnist --out runs/vaes\n\n"
        "keras-genzoo compare vae pixel_cnn --pixels binary --set vae.latent_dim=50 --epochs 30 "
        "--out runs/binary"
    )
)
def compare(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names of models (see `list`), which are trained, small and for a few minutes; "
            "classes of your own as MODULE:CLASS, imported from the current folder and trained; "
            "and presets, which are loaded.",
            show_default=f"{' '.join(catalogue.one_of_each_family())}, one of each family",
        ),
    ] = None,
    data: measuring.Data = "digits",
    out: Annotated[Path, typer.Option(help="The comparison's folder.")] = Path("runs/compare"),
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Passes over the data, of each model that is trained.",
            show_default="as many as fit into a few minutes",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="MODEL.NAME=JSON",
            help="An argument of a trained model's constructor, such as vae.latent_dim=50. May be "
            "repeated.",
            show_default="small networks",
        ),
    ] = None,
    image_size: shell.ImageSize = None,
    split: measuring.Split = "test",
    samples: measuring.Samples = 300,
    metrics: measuring.Metrics = None,
    likelihood: measuring.Likelihood = None,
    likelihood_set: measuring.LikelihoodSet = None,
    examples: measuring.Examples = None,
    pixels: measuring.Pixels = "256",
    inception: measuring.Inception = None,
    limit: measuring.Limit = None,
    data_dir: shell.DataDir = None,
    skip_broken: shell.SkipBroken = False,
    seed: measuring.Seed = 0,
    debug: shell.Debug = False,
) -> None:
    """Train or load several models, and measure all of them by the same ruler.

    Prints a table of likelihood, samples, representation and cost, and writes it as
    comparison.json, comparison.md and comparison.png, with samples.png beside it. The same command
    again goes on where an interrupted one stopped, and repeats nothing that is done. The four
    families on the digits at --image-size 8 take six minutes on two processor cores.
    """
    arguments = _by_model(settings.parse(set_ or [], "--set", dotted=True))
    with shell.running(debug, f"The same command goes on from what is in {out}."):
        shell.zoo()
        from keras_genzoo import evaluation, registry

        for name in filter(registry.is_own, models or ()):
            settings.model_class(name, "MODELS")
        ruler = measuring.ruler(
            data,
            split=split,
            samples=samples,
            metrics=metrics,
            likelihood=likelihood,
            likelihood_set=likelihood_set,
            examples=examples,
            pixels=pixels,
            inception=inception,
            image_size=image_size,
            limit=limit,
            data_dir=data_dir,
            skip_broken=skip_broken,
            seed=seed,
        )
        comparison = evaluation.compare(
            models or evaluation.FAMILIES,
            ruler,
            out=out,
            epochs=epochs,
            settings=arguments,
            seed=seed,
        )
        _show(comparison)
        shell.say(f"Table     {out / 'comparison.md'} and {out / 'comparison.json'}")
        shell.say(f"Pictures  {out / 'comparison.png'} and {out / 'samples.png'}")


def _by_model(settings: dict) -> dict[str, dict]:
    """{"vae.latent_dim": 50} -> {"vae": {"latent_dim": 50}}."""
    found: dict[str, dict] = {}
    for key, value in settings.items():
        model, _, name = key.rpartition(".")
        if not model:
            raise shell.usage(f"Expected MODEL.NAME=VALUE, such as vae.{key}=...", "--set")
        found.setdefault(model, {})[name] = value
    return found


def _show(comparison) -> None:
    """The table on its side: a column for each model fits a terminal."""
    header, rows, leading = comparison.rows()
    # Wide enough for its longest word.
    table = Table(Column(min_width=14), *(f"[bold]{row[0]}[/]" for row in rows))
    for j, title in enumerate(header[1:], 1):
        cells = [
            f"[bold]{row[j]}[/]" if (i, j) in leading else row[j] for i, row in enumerate(rows)
        ]
        table.add_row(title, *cells)
    console = Console()
    console.print(table)
    for line in comparison.protocols():
        console.print(line.replace("**", ""), markup=False, highlight=False)
