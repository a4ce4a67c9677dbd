"""`keras-genzoo export`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_genzoo.cli import shell


@shell.app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo export runs/dcgan_digits/preset savedmodels/dcgan\n\n"
        "keras-genzoo export runs/dcgan_digits/preset savedmodels/dcgan --version 2\n\n"
        "tensorflow_model_server --model_name=dcgan --model_base_path=$PWD/savedmodels/dcgan"
    )
)
def export(
    preset: shell.Preset,
    folder: Annotated[
        Path, typer.Argument(help="The model's folder; a server loads its highest version.")
    ],
    version: Annotated[int, typer.Option(min=1, help="Written to FOLDER/VERSION.")] = 1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace that version where it exists.")
    ] = False,
    debug: shell.Debug = False,
) -> None:
    """Write a SavedModel, as TensorFlow Serving wants it. Loading needs TensorFlow alone.

    Its signatures, among them "sample" (n, seed), are printed.
    """
    with shell.running(debug):
        shell.zoo().from_preset(preset).export(folder, version=version, overwrite=overwrite)
