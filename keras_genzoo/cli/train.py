"""`keras-genzoo train`."""

import hashlib
import os
from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli import settings, shell

# Which option says what of a recipe that a model or its data do not take.
OPTIONS = {"arguments": "--set", "data": "--data", "compile": "--jit"}
# Options that say what a recipe says: given beside one, they take its place.
OF_DATA = ("split", "image_size", "limit", "skip_broken")
OF_RECIPE = ("epochs", "batch_size", "seed")


@shell.app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo train dcgan --epochs 100 --set width=32\n\n"
        "keras-genzoo train wgan_gp --data ring --batch-size 320\n\n"
        "keras-genzoo train vae --data ./faces --image-size 64 --set likelihood=gaussian\n\n"
        "keras-genzoo train --recipe my_gan/recipe.yaml --data ./mnist"
    )
)
def train(
    context: typer.Context,
    model: Annotated[
        str | None,
        typer.Argument(
            help="A model's name, see `list`; or a class of your own as MODULE:CLASS, imported "
            "from the current folder.",
            show_default="that of --recipe",
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="A .yaml file that says all of it, see `reproduce`. --data then is where its "
            "data lie, and options that say something else take the place of what it says.",
            show_default="none: the options are one",
        ),
    ] = None,
    data: Annotated[
        str,
        typer.Option(
            help="A name of `list`, any image data set of tensorflow-datasets, or a path: a "
            "folder of images, idx, npz or npy files."
        ),
    ] = "digits",
    split: Annotated[
        str,
        typer.Option(
            help="What of the data is trained on. 'train[:90%]' holds a tenth out, which "
            "`evaluate --split 'train[90%:]'` then measures."
        ),
    ] = "train",
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the data, in all.")] = 20,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Examples in a batch.",
            show_default="64, times critic_steps for models that have them",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The run's folder. Where data come from a path, the default ends in a hash of "
            "that path, so that folders of one name do not share a run.",
            show_default="runs/MODEL_DATA or runs/MODEL_DATA-HASH; runs/NAME of a recipe",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=JSON",
            help="An argument of the model's constructor, such as width=32 or "
            "hidden_units=[200,200]. May be repeated. The shape of the examples comes from the "
            "data.",
            show_default="the paper's",
        ),
    ] = None,
    image_size: shell.ImageSize = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of weights, noise and the order of the data.")
    ] = 0,
    jit: Annotated[
        bool | None,
        typer.Option(
            "--jit/--no-jit",
            help="Compile the training step with XLA.",
            show_default="auto: where it pays",
        ),
    ] = None,
    grid_every: Annotated[int, typer.Option(min=1, help="Epochs between pictures.")] = 1,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, help="Use no more examples, evenly of all classes.", show_default="all"
        ),
    ] = None,
    data_dir: shell.DataDir = None,
    skip_broken: shell.SkipBroken = False,
    accept: shell.Accept = None,
    debug: shell.Debug = False,
) -> None:
    """Train a model with its paper's optimizers and losses, and write a preset.

    The folder of the run gets checkpoints, log.csv, a picture of samples for each epoch, and at
    the end samples.gif and the preset, with the recipe that these options are. The same command
    again goes on where an interrupted run stopped, with the same result; with more --epochs it
    trains on; another --out starts anew. A folder whose run had other data, another batch size,
    seed or backend is refused.
    """
    arguments = settings.parse(set_ or [])
    if (model is None) == (recipe is None):
        raise shell.usage("Expected either a model or --recipe, which names one.", "MODEL")
    given = shell.given(context)
    with shell.running(debug):
        shell.zoo()
        from keras_genzoo import recipes

        if recipe is None:
            wanted = _of_options(str(model), context.params, arguments)
        else:
            wanted = _otherwise(recipes.read_recipe(recipe), recipe, given, arguments)
        if out is None:
            name = recipes.name_of(recipe) if recipe else run_name(wanted.model, wanted.data.name)
            out = Path("runs") / name
    with shell.running(debug, f"The same command goes on from the last checkpoint in {out}."):
        settings.model_class(wanted.model)
        path = given.get("data") if recipe else None
        try:
            run = recipes.prepare(wanted, path=path, data_dir=data_dir)
        except recipes.Unfit as error:
            if recipe is None:
                raise shell.usage(str(error), OPTIONS[error.key]) from None
            raise ValueError(f"{recipe}, {error.key}: {error}") from None
        shell.say(str(run))
        resume = run.train(out, grid_every=grid_every, accept=accept or ())
        preset = out / "preset"
        if not (resume.nothing_to_train and _is_newer(preset, resume.newest)):
            run.model.save_to_preset(
                preset,
                overwrite=True,
                card=recipes.card(wanted, preset.name),
                recipe=recipes.written(wanted),
            )
        own = f"--import {wanted.model.partition(':')[0]} " if ":" in wanted.model else ""
        shell.say(
            f"Preset       {preset}\n"
            f"Pictures     {out / 'samples'} and {out / 'samples.gif'}\n"
            f"Log          {out / 'log.csv'}\n"
            f"Checkpoints  {out / 'checkpoints'}: more --epochs train on\n"
            f"Next         keras-genzoo {own}sample {preset}"
        )


def _of_options(model: str, options: dict, arguments: dict):
    """The recipe that the options are."""
    from keras_genzoo import recipes

    settings.model_class(model)
    data = {"name": options["data"], **{name: options[name] for name in OF_DATA}}
    content = {
        "model": model,
        "arguments": arguments,
        "data": {name: value for name, value in data.items() if value not in (None, False)},
        "compile": {} if options["jit"] is None else {"jit_compile": options["jit"]},
        **{name: options[name] for name in OF_RECIPE},
    }
    return recipes.checked({k: v for k, v in content.items() if v is not None}, "The options")


def _otherwise(recipe, path: Path, given: dict, arguments: dict):
    """A recipe with what options say in its place; these are said, and its scores are left out."""
    data = {name: given[name] for name in OF_DATA if name in given}
    changes = {name: given[name] for name in OF_RECIPE if name in given}
    if "epochs" in changes:
        changes["steps"] = None
    if arguments:
        changes["arguments"] = recipe.arguments | arguments
    if given.get("jit") is not None:
        changes["compile"] = recipe.compile | {"jit_compile": given["jit"]}
    said = {**data, **changes}
    said.pop("steps", None)
    if not said:
        return recipe
    what = ", ".join(f"{name} {value}" for name, value in said.items())
    shell.say(f"Otherwise than in {path}: {what}. Its scores do not hold for that.")
    changes |= {"data": recipe.data.model_copy(update=data), "scores": []}
    return recipe.model_copy(update=changes)


def _is_newer(preset: Path, checkpoint: Path | None) -> bool:
    """Whether a preset was written after the run had ended."""
    metadata = preset / "metadata.json"
    return (
        checkpoint is not None
        and metadata.exists()
        and metadata.stat().st_mtime >= checkpoint.stat().st_mtime
    )


def run_name(model: str, data: str) -> str:
    """vae_digits for a set, vae_pics-3fa91c for a path, mine.BetaVAE_digits for mine:BetaVAE."""
    from keras_genzoo.data.load import is_path

    name = data.replace("/", "-")
    if is_path(data):
        path = Path(data).expanduser()
        where = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
        name = f"{Path(os.path.abspath(path)).stem}-{where[:6]}"
    return f"{model.replace(':', '.')}_{name}"
