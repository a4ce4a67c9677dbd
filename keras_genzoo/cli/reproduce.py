"""`keras-genzoo reproduce`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from keras_genzoo.cli import shell

Where = Annotated[
    str | None,
    typer.Option(
        "--data",
        help="Where the recipe's data lie: a folder of images or idx files, npz or npy files.",
        show_default="as the recipe names them",
    ),
]


@shell.app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo reproduce dcgan_digits\n\n"
        "keras-genzoo reproduce vae_mnist --data ./mnist --out runs/vae_again\n\n"
        "keras-genzoo reproduce ./my_gan/recipe.yaml --new --runs 3"
    )
)
def reproduce(
    name: Annotated[
        str,
        typer.Argument(help="A zoo name (see `list`), a preset folder, or a recipe's .yaml file."),
    ],
    data: Where = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The run's folder.", show_default="runs/NAME"),
    ] = None,
    new: Annotated[
        bool,
        typer.Option(
            "--new",
            help="Make the preset instead, in the recipe's own folder: what is measured becomes "
            "the score to reach, with its noise.",
        ),
    ] = False,
    runs: Annotated[
        int,
        typer.Option(
            min=1,
            help="With --new, trainings of so many seeds, over which the noise is measured, too; "
            "with one, over seeds of sampling alone.",
        ),
    ] = 1,
    data_dir: shell.DataDir = None,
    accept: shell.Accept = None,
    debug: shell.Debug = False,
) -> None:
    """Train a preset again by its recipe, and see whether it is as good as its card says.

    The folder of the run gets checkpoints, log.csv, pictures of samples, and the preset with its
    card. The scores are measured by the recipe's protocol; the exit status is 1 where one of them
    is further from the recipe's than the noise that it states. The same command again goes on
    where an interrupted run stopped.
    """
    if runs > 1 and not new:
        raise shell.usage("Expected --new, which these runs are for.", "--runs")
    with shell.running(debug):
        shell.zoo()
        from keras_genzoo import recipes

        out = out or Path("runs") / recipes.name_of(recipes.find_recipe(name))
    with shell.running(debug, f"The same command goes on from the last checkpoint in {out}."):
        place = recipes.Place(data, data_dir, shell.say)
        chosen = tuple((accept or "").split(",")) if accept else ()
        if new:
            held = recipes.make_new(name, out, place, runs, accept=chosen)
            folder = recipes.find_recipe(name).parent
        else:
            held = recipes.reproduce(name, out, place, accept=chosen)
            folder = out / "preset"
        show(held)
        shell.say(f"Preset  {folder}")
        judge(held, f"{name} was not reproduced")


def show(held) -> None:
    """A table of scores beside those to reach."""
    from keras_genzoo.evaluation.comparison import cell, entries

    table = Table("Score", "Measured", "To reach", "Holds", "Protocol")
    for one in held:
        aim = f"{one.target.value:.5g} ± {one.target.noise:.2g}"
        table.add_row(
            f"[bold]{one.score.metric}[/]",
            cell(one.score),
            aim,
            "yes" if one.holds else "[bold]no[/]",
            entries(one.score.protocol),
        )
    Console().print(table)


def judge(held, verdict: str) -> None:
    """Raises ValueError where a score is not the one to reach."""
    if wrong := [str(one) for one in held if not one.holds]:
        raise ValueError(f"{verdict}: {'; '.join(wrong)}.")
