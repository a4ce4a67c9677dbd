"""`keras-genzoo evaluate`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from keras_genzoo.cli import measuring, shell
from keras_genzoo.cli.reproduce import judge, show

# Options that --check leaves to the preset's recipe.
WITH_CHECK = ("preset", "data", "data_dir", "check", "debug")


@shell.app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo evaluate dcgan_digits --data digits\n\n"
        "keras-genzoo evaluate vae_mnist --check --data ./mnist\n\n"
        "keras-genzoo evaluate runs/vae_mnist/preset --data mnist --metrics log_likelihood "
        "--likelihood iwae --likelihood-set k=5000 --out vae.json\n\n"
        "keras-genzoo evaluate dcgan_digits --likelihood ais --likelihood-set observation_std=0.1"
    )
)
def evaluate(
    context: typer.Context,
    preset: shell.Preset,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Measure what the preset's recipe states, by its protocol, and fail where the "
            "card does not hold. --data then is where the recipe's data lie.",
        ),
    ] = False,
    data: measuring.Data = "digits",
    split: measuring.Split = "test",
    samples: measuring.Samples = 1000,
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
    out: Annotated[
        Path | None,
        typer.Option(
            help="A .json file of the scores. An older one is replaced.", show_default="none"
        ),
    ] = None,
    debug: shell.Debug = False,
) -> None:
    """Measure a trained model: likelihood, samples, representation and cost.

    Each score is printed with its protocol: what a reader needs to measure it again, and by which
    scores compare. Images of the data are resized to the model's size.
    """
    if check:
        return _check(context, preset, data_dir, debug)
    if out is not None and out.suffix != ".json":
        raise shell.usage(f"Expected a file name ending in .json; got {str(out)!r}.", "--out")
    with shell.running(debug):
        zoo = shell.zoo()
        from keras_genzoo.support.files import check_writable, written_whole

        if out is not None:
            check_writable(out.parent)
        model = zoo.from_preset(preset)
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
            limit=limit,
            data_dir=data_dir,
            skip_broken=skip_broken,
            seed=seed,
            image_size=model.spec.shape[:2] if model.spec.is_image else None,
        )
        with Console(stderr=True).status("") as status:
            measured = ruler.measure(model, say=lambda what: status.update(f"Measuring {what} ..."))
        _show(measured)
        if out is not None:
            with written_whole(out) as temporary:
                Path(temporary).write_text(measured.to_json())
            shell.say(f"Written to {out}")


def _check(context: typer.Context, preset: str, data_dir: Path | None, debug: bool) -> None:
    given = shell.given(context)
    if others := [name for name in given if name not in WITH_CHECK]:
        raise shell.usage(
            f"Expected --check alone or with --data, since the recipe says the rest; got "
            f"--{others[0].replace('_', '-')}.",
            "--check",
        )
    with shell.running(debug):
        shell.zoo()
        from keras_genzoo import recipes

        held = recipes.check(preset, recipes.Place(given.get("data"), data_dir, shell.say))
        show(held)
        judge(held, f"The card of {preset} does not hold")
        shell.say(f"The card of {preset} holds.")


def _show(measured) -> None:
    from keras_genzoo.evaluation.comparison import cell, entries

    table = Table("Metric", "Value", "Protocol")
    for metric, score in measured.scores.items():
        table.add_row(f"[bold]{metric}[/]", cell(score), entries(score.protocol))
    Console().print(table)
    for metric, why in measured.absent.items():
        shell.say(f"{metric} was not measured: {why}")
