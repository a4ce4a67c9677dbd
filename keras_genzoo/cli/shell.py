"""What all commands share: the application, how they run, and what they say.

Keras and the package are imported inside the commands: they take seconds to load, and `--help`
and wrong usage should not wait for that.
"""

import contextlib
import os
import sys
import tempfile
import textwrap
from typing import Annotated

import typer
from rich.console import Console

from keras_genzoo import __version__

FAILED, INTERRUPTED = 1, 130

app = typer.Typer(
    name="keras-genzoo",
    help="Train, sample, measure, compare and export the generative models of keras_genzoo.",
    epilog=(
        "A first run, three commands:\n\n"
        "keras-genzoo train dcgan --data digits --epochs 20 --out runs/dcgan\n\n"
        "keras-genzoo sample runs/dcgan/preset -n 64 --out samples.png\n\n"
        "keras-genzoo export runs/dcgan/preset savedmodels/dcgan\n\n"
        "The families of models beside each other, measured alike: keras-genzoo compare\n\n"
        "Exit status: 0 done, 1 an error while running, 2 wrong usage, 130 interrupted."
    ),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Preset = Annotated[
    str, typer.Argument(help="A zoo name (see `list`), a preset folder, or hf://owner/name.")
]

ImageSize = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Resize images to so many pixels a side.",
        show_default="as they are; 28 for digits",
    ),
]


@contextlib.contextmanager
def running(debug: bool, if_interrupted: str = ""):
    """Errors as one line and an exit status; the traceback with `debug`."""
    console = Console(stderr=True)
    try:
        yield
    except KeyboardInterrupt:
        _line(console, f"\nInterrupted. {if_interrupted}")
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        if debug:
            console.print_exception(show_locals=False)
        text = textwrap.shorten(str(error), 1000, placeholder=" ...")
        expected = isinstance(error, ValueError | OSError | ImportError)
        name = "Error" if expected and text else f"Error ({type(error).__name__})"
        _line(console, f"{name}: {text}")
        raise typer.Exit(FAILED) from None


def _line(console: Console, text: str) -> None:
    # Paths and shapes hold brackets, which are no markup, and are to be copied whole.
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    _line(Console(), text)


@contextlib.contextmanager
def _loading():
    """For the imports: a spinner, and without TensorFlow's remarks about the machine.

    Some of these go to file descriptor 2 before TensorFlow has read any setting, so they are
    held back there; where the import fails they are shown. A user who has set
    TF_CPP_MIN_LOG_LEVEL gets what that asks for.
    """
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        yield
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            with Console().status("Loading Keras ..."):
                yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def zoo():
    """The package, which brings Keras and its backend along."""
    with _loading():
        import keras_genzoo as zoo

        # The package loads its parts when they are first used: now, while it is quiet.
        zoo.GenerativeModel  # noqa: B018
    return zoo


def usage(message: str, option: str) -> typer.BadParameter:
    """Wrong usage of an option: status 2."""
    return typer.BadParameter(message, param_hint=option)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"keras-genzoo {__version__}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it and exit."),
    ] = False,
) -> None:
    pass
