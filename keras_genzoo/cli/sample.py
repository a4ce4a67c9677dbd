"""`keras-genzoo sample`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli import shell


@shell.app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo sample runs/dcgan_digits/preset -n 64 --out grid.png\n\n"
        "keras-genzoo sample runs/nice_digits/preset -n 1000 --seed 1 --out samples.npy"
    )
)
def sample(
    preset: shell.Preset,
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many samples.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same samples.")] = 0,
    out: Annotated[
        Path,
        typer.Option(
            help="A .png: a grid of images, or vectors as points. A .npy: the samples as an "
            "array, uint8 images or float32 vectors. An older file is replaced."
        ),
    ] = Path("samples.png"),
    debug: shell.Debug = False,
) -> None:
    """Draw samples of a trained model into a picture or an array."""
    if out.suffix not in (".png", ".npy"):
        raise shell.usage(
            f"Expected a file name ending in .png or .npy; got {str(out)!r}.", "--out"
        )
    with shell.running(debug):
        zoo = shell.zoo()
        import numpy as np

        from keras_genzoo.plotting import picture

        samples = zoo.from_preset(preset).sample(n, seed=seed)
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".npy":
            np.save(out, samples)
        else:
            picture(samples).save(out)
        shell.say(f"{n} samples of {preset}, {samples.dtype} {samples.shape}: {out}")
