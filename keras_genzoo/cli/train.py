"""`keras-genzoo train`."""

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
    model: Annotated[str, typer.Argument(help="A model's name: see `list`.")],
    data: Annotated[
        str,
        typer.Option(
            help="A name of `list`, any image data set of tensorflow-datasets, or a path: a "
            "folder of images, idx, npz or npy files. Its split 'train' is used."
        ),
    ] = "digits",
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
        typer.Option(help="The run's folder.", show_default="runs/MODEL_DATA"),
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
        typer.Option(min=1, help="Use the first so many examples only.", show_default="all"),
    ] = None,
    debug: shell.Debug = False,
) -> None:
    """Train a model with its paper's optimizers and losses, and write a preset.

    The folder of the run gets checkpoints, log.csv, a picture of samples for each epoch, and at
    the end samples.gif and the preset. The same command again goes on where an interrupted run
    stopped, with the same result; with more --epochs it trains on; another --out starts anew.
    """
    arguments = settings.parse(set_ or [])
    out = out or Path("runs") / f"{model}_{Path(data).stem}"
    with shell.running(debug, f"The same command goes on from the last checkpoint in {out}."):
        zoo = shell.zoo()
        import keras

        cls = settings.model_class(model)
        keras.utils.set_random_seed(seed)
        examples = zoo.data.load(data, image_size=image_size, limit=limit)
        network = settings.build(cls, arguments, examples)
        batches = zoo.data.Batches(
            examples.x,
            # A batch holds the examples of all critic steps.
            batch_size=batch_size or 64 * network.batches_per_step,
            seed=seed,
            name=examples.name,
        )
        network.compile(jit_compile="auto" if jit is None else jit)
        resume = zoo.callbacks.ResumeTraining(out)
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
                keras.callbacks.LambdaCallback(
                    on_train_begin=lambda logs: _announce(resume.progress, epochs, out)
                ),
                zoo.callbacks.SampleGrid(out, every=grid_every),
                keras.callbacks.CSVLogger(log, append=True),
                # After the log: what a checkpoint counts as done has been logged.
                resume,
            ],
        )
        network.save_to_preset(out / "preset", overwrite=True)
        shell.say(
            f"Preset       {out / 'preset'}\n"
            f"Pictures     {out / 'samples'} and {out / 'samples.gif'}\n"
            f"Log          {log}\n"
            f"Checkpoints  {out / 'checkpoints'}: more --epochs train on\n"
            f"Next         keras-genzoo sample {out / 'preset'}"
        )


def _announce(progress, epochs: int, out: Path) -> None:
    """Says where a run that was begun before goes on."""
    if progress.epoch >= epochs:
        shell.say(
            f"{out} has its {progress.epoch} epochs already: nothing to train. More --epochs "
            "train on, another --out starts anew."
        )
    elif progress.epoch or progress.batch:
        batch = f", batch {progress.batch + 1}" if progress.batch else ""
        shell.say(f"Going on from the checkpoint in {out}: epoch {progress.epoch + 1}{batch}.")
