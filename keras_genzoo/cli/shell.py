"""What all commands share: the application, how they run, and what they say.

Keras and the package are imported inside the commands: they take seconds to load, and `--help`
and wrong usage should not wait for that.
"""

import contextlib
import functools
import importlib
import os
import re
import sys
import tempfile
import textwrap
import warnings
from pathlib import Path
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
        "A model of your own, the class BetaVAE in mine.py: keras-genzoo train mine:BetaVAE, and "
        "then keras-genzoo --import mine sample runs/mine.BetaVAE_digits/preset\n\n"
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

SkipBroken = Annotated[
    bool,
    typer.Option(
        "--skip-broken",
        help="Leave out picture files that cannot be read, and say how many. They are an error "
        "otherwise.",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Where tensorflow-datasets keeps its files.", show_default="its own"),
]
Accept = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,NAME",
        help="What may differ from the run that is in the folder: data, batch_size, seed or "
        "backend.",
        show_default="nothing",
    ),
]
ImageSize = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Resize images to so many pixels a side; other proportions are squashed.",
        show_default="as they are; 28 for digits",
    ),
]


@contextlib.contextmanager
def running(debug: bool, if_interrupted: str = ""):
    """Errors as one line and an exit status; the traceback with `debug`."""
    console = Console(stderr=True)
    try:
        with warnings.catch_warnings():
            show = warnings.showwarning
            warnings.showwarning = functools.partial(_show_warning, console, show)
            yield
    except KeyboardInterrupt:
        _line(console, f"\nInterrupted. {if_interrupted}")
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        if debug:
            console.print_exception(show_locals=False)
        text = textwrap.shorten(in_options(str(error)), 2000, placeholder=" ...")
        # A floating-point error is training that diverged.
        expected = isinstance(error, ValueError | OSError | ImportError | FloatingPointError)
        name = "Error" if expected and text else f"Error ({type(error).__name__})"
        _line(console, f"{name}: {text}")
        raise typer.Exit(FAILED) from None


def _show_warning(console: Console, show, message, category, *where, **more):
    """What the package and Keras warn a user of, as one line; other warnings as Python has them."""
    if issubclass(category, UserWarning):
        _line(console, f"Warning: {textwrap.shorten(in_options(str(message)), 2000)}")
    else:
        show(message, category, *where, **more)


# What an option is called in Python where that is not its own name with underscores.
PYTHON_NAMES = {"likelihood_options": "--likelihood-set"}
# Advice to a program that is another on the command line.
PHRASES = {
    "import its module first": "name its module by --import",
    "ive ResumeTraining another folder": "ive another --out",
}


def in_options(text: str) -> str:
    """A message of the package, with the arguments of Python as options: `version=2` becomes
    `--version 2`, `overwrite=True` becomes `--overwrite`, and `image_size` `--image-size`.

    Calls that a message quotes stay as they are, since they are to be typed in Python.
    """
    for phrase, ours in PHRASES.items():
        text = text.replace(phrase, ours)
    names = PYTHON_NAMES | {
        parameter.name: parameter.opts[0]
        for command in typer.main.get_group(app).commands.values()
        for parameter in command.params
        if parameter.opts[0].startswith("--")
    }

    def option(match: re.Match) -> str:
        name, equals, value = match["name"], match["equals"], match["value"]
        if name not in names or not (equals or "_" in name):
            return match[0]
        return names[name] if not value or value == "True" else f"{names[name]} {value}"

    call = r"[\w.]+\([^()]*\)"
    argument = (
        r"(?<![\w./'-])(?P<name>[a-z_]+)(?![\w/-]|\.\w)(?P<equals>=?)"
        r"(?P<value>(?<==)(?:\w[\w.]*\w|\w|\"[^\"]*\"))?"
    )
    return re.sub(f"{call}|{argument}", lambda m: option(m) if m["name"] else m[0], text)


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
    for name in _modules:
        imported(name)
    return zoo


# Modules of the user's that `--import` names.
_modules: list[str] = []


def imported(name: str):
    """A module of the user's, from the current folder or wherever Python finds it."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"Expected a Python module that can be imported from here; got {name!r}: {error}. "
            f"Run the command in the folder of {name.partition('.')[0]}.py."
        ) from error


def usage(message: str, option: str) -> typer.BadParameter:
    """Wrong usage of an option: status 2."""
    return typer.BadParameter(in_options(message), param_hint=option)


def given(context: typer.Context) -> dict:
    """The parameters that stand on the command line, beside those that have their defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {
        name: context.params[name]
        for name, source in sources.items()
        if source is not None and source.name == "COMMANDLINE"
    }


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
    modules: Annotated[
        list[str] | None,
        typer.Option(
            "--import",
            metavar="MODULE",
            help="Import a Python module of yours first, for presets of its models. May be "
            "repeated.",
        ),
    ] = None,
) -> None:
    _modules[:] = modules or []
