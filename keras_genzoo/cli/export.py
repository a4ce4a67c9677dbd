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
        "keras-genzoo export runs/vae_digits/preset models/vae --format onnx\n\n"
        "keras-genzoo export runs/vae_digits/preset vae.onnx --format onnx --signature decode\n\n"
        "tensorflow_model_server --model_name=dcgan --model_base_path=$PWD/savedmodels/dcgan"
    )
)
def export(
    preset: shell.Preset,
    folder: Annotated[
        Path,
        typer.Argument(
            help="The model's folder; a server loads its highest version. In other formats than "
            "a SavedModel also a file."
        ),
    ],
    format: Annotated[
        str, typer.Option(help="tf_saved_model, onnx, litert, openvino, or torch.")
    ] = "tf_saved_model",
    signature: Annotated[
        str | None,
        typer.Option(
            help="The one function to write, for formats whose files hold one.",
            show_default="all that draw nothing",
        ),
    ] = None,
    version: Annotated[
        int, typer.Option(min=1, help="A SavedModel is written to FOLDER/VERSION.")
    ] = 1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what would be written, where it exists.")
    ] = False,
    debug: shell.Debug = False,
) -> None:
    """Write a SavedModel, as TensorFlow Serving wants it, or ONNX and others.

    Loading a SavedModel needs TensorFlow alone. Its signatures, among them "sample" (n, seed), are
    printed. The other formats hold what draws nothing: FOLDER gets decode.onnx, encode.onnx, and
    so on.
    """
    with shell.running(debug):
        shell.zoo().from_preset(preset).export(
            folder, format, signature=signature, version=version, overwrite=overwrite
        )
