"""`keras-genzoo train`."""

import hashlib
import os
from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli import settings, shell


@shell.app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo train dcgan --epochs 100 --set width=32\n\n"
        "keras-genzoo train wgan_gp --data ring --batch-size 320\n\n"
        "keras-genzoo train vae --data ./faces --image-size 64 --set likelihood=gaussian"
    )
)
def train(
    model: Annotated[
        str,
        typer.Argument(
            help="A model's name, see `list`; or a class of your own as MODULE:CLASS, imported "
            "from the current folder."
        ),
    ],
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
            show_default="runs/MODEL_DATA or runs/MODEL_DATA-HASH",
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
    accept: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME",
            help="What may differ from the run that is in the folder: data, batch_size, seed or "
            "backend.",
            show_default="nothing",
        ),
    ] = None,
    debug: shell.Debug = False,
) -> None:
    """Train a model with its paper's optimizers and losses, and write a preset.

    The folder of the run gets checkpoints, log.csv, a picture of samples for each epoch, and at
    the end samples.gif and the preset. The same command again goes on where an interrupted run
    stopped, with the same result; with more --epochs it trains on; another --out starts anew. A
    folder whose run had other data, another batch size, seed or backend is refused.
    """
    arguments = settings.parse(set_ or [])
    with shell.running(debug):
        zoo = shell.zoo()
        out = out or Path("runs") / run_name(model, data)
    with shell.running(debug, f"The same command goes on from the last checkpoint in {out}."):
        import keras

        cls = settings.model_class(model)
        keras.utils.set_random_seed(seed)
        examples = zoo.data.load(
            data,
            split,
            image_size=image_size,
            limit=limit,
            data_dir=data_dir,
            skip_broken=skip_broken,
        )
        network = settings.build(cls, arguments, examples)
        batches = zoo.data.Batches(
            examples.x,
            # A batch holds the examples of all critic steps.
            batch_size=batch_size or 64 * network.batches_per_step,
            seed=seed,
            name=examples.name,
        )
        network.compile(jit_compile="auto" if jit is None else jit)
        resume = zoo.callbacks.ResumeTraining(out, accept=accept or ())
        log = out / "log.csv"
        shell.say(
            f"{cls.__name__} with {network.count_params():,} parameters on {batches.num_examples:,}"
            f" examples of {data} {batches.x.shape[1:]}, {len(batches)} batches an epoch."
        )
        out.mkdir(parents=True, exist_ok=True)
        network.fit(
            batches,
            epochs=epochs,
            callbacks=[
                zoo.callbacks.SampleGrid(out, every=grid_every),
                keras.callbacks.CSVLogger(log, append=True),
                resume,
            ],
        )
        if not (resume.nothing_to_train and _is_newer(out / "preset", resume.newest)):
            network.save_to_preset(out / "preset", overwrite=True)
        own = f"--import {model.partition(':')[0]} " if ":" in model else ""
        shell.say(
            f"Preset       {out / 'preset'}\n"
            f"Pictures     {out / 'samples'} and {out / 'samples.gif'}\n"
            f"Log          {log}\n"
            f"Checkpoints  {out / 'checkpoints'}: more --epochs train on\n"
            f"Next         keras-genzoo {own}sample {out / 'preset'}"
        )


def _is_newer(preset: Path, checkpoint: Path) -> bool:
    """Whether a preset was written after the run had ended."""
    metadata = preset / "metadata.json"
    return metadata.exists() and metadata.stat().st_mtime >= checkpoint.stat().st_mtime


def run_name(model: str, data: str) -> str:
    """vae_digits for a set, vae_pics-3fa91c for a path, mine.BetaVAE_digits for mine:BetaVAE."""
    from keras_genzoo.data.load import is_path

    name = data.replace("/", "-")
    if is_path(data):
        path = Path(data).expanduser()
        where = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
        name = f"{Path(os.path.abspath(path)).stem}-{where[:6]}"
    return f"{model.replace(':', '.')}_{name}"
