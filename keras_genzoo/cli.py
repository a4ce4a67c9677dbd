"""The command line: `keras-genzoo list | train | sample | export`.

Keras and the package are imported inside the commands: they take seconds to load, and `--help`
and wrong usage should not wait for that.
"""

import contextlib
import difflib
import inspect
import json
import os
import re
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from keras_genzoo import __version__

FAILED, INTERRUPTED = 1, 130

app = typer.Typer(
    name="keras-genzoo",
    help="Train, sample and export the generative models of keras_genzoo.",
    epilog=(
        "A first run, three commands:\n\n"
        "keras-genzoo train dcgan --data digits --epochs 20 --out runs/dcgan\n\n"
        "keras-genzoo sample runs/dcgan/preset -n 64 --out samples.png\n\n"
        "keras-genzoo export runs/dcgan/preset savedmodels/dcgan\n\n"
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


def main() -> None:
    """The `keras-genzoo` command."""
    app()


# ---------------------------------------------------------------------- how commands run


@contextlib.contextmanager
def _running(debug: bool, if_interrupted: str = ""):
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


def _say(text: str) -> None:
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


def _zoo():
    """The package, which brings Keras and its backend along."""
    with _loading():
        import keras_genzoo as zoo

        # The package loads its parts when they are first used: now, while it is quiet.
        zoo.GenerativeModel  # noqa: B018
    return zoo


# ---------------------------------------------------------------------- settings


def _settings(assignments: list[str]) -> dict:
    """["width=32", "image_shape=[28,28,1]", "activation=relu"] -> constructor arguments."""
    settings = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name.isidentifier():
            raise _usage(f"Expected NAME=VALUE, such as width=32; got {assignment!r}.", "--set")
        settings[name] = _json(value.strip(), assignment)
    return settings


def _json(value: str, assignment: str):
    try:
        return json.loads(value)
    except ValueError:
        # A shell takes the quotes off a word, so a bare one is a string; but Python's constants
        # would be quietly wrong as strings.
        if re.fullmatch(r"[A-Za-z][\w.-]*", value) and value not in ("True", "False", "None"):
            return value
        raise _usage(
            f"Expected a JSON value, such as 32, [28,28,1], true, null or a word; got "
            f"{assignment!r}. A value with spaces or quotes needs quotes of the shell around it.",
            "--set",
        ) from None


def _usage(message: str, option: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint=option)


def _model_class(name: str):
    from keras_genzoo import registry

    try:
        return registry.model_class(name)
    except ValueError as error:
        raise _usage(str(error), "MODEL") from None


def _arguments(cls) -> list[str]:
    """What a model's constructor takes."""
    names = [name for name in inspect.signature(cls).parameters if name != "kwargs"]
    return [*names, "name", "dtype"]


def _build(cls, settings: dict, data):
    """The model, its example shape taken from the data where no setting gives it."""
    known = _arguments(cls)
    for name in settings:
        if name not in known:
            near = difflib.get_close_matches(name, known)
            hint = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(known)}."
            raise _usage(f"{cls.__name__} has no argument {name!r}. {hint}", "--set")
    if not {"image_shape", "num_features"} & set(settings):
        shape = data.x.shape[1:]
        key, value = ("image_shape", shape) if len(shape) == 3 else ("num_features", shape[0])
        if key not in known:
            kind = "images" if "image_shape" in known else "vectors"
            raise _usage(
                f"{cls.__name__} models {kind}; {data.name} has examples of shape {shape}.",
                "--data",
            )
        settings = {key: value, **settings}
    return cls(**settings)


# ---------------------------------------------------------------------- commands


def _version(wanted: bool) -> None:
    if wanted:
        print(f"keras-genzoo {__version__}")
        raise typer.Exit()


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it and exit."),
    ] = False,
) -> None:
    pass


@app.command(
    "list",
    epilog="keras-genzoo list",
)
def list_command(debug: Debug = False) -> None:
    """Models with their papers, pretrained presets, and data sets."""
    with _running(debug):
        zoo = _zoo()
        from keras_genzoo.data.load import BUILT_IN
        from keras_genzoo.registry import MODELS

        console = Console()
        models = Table("Model", "What it learns", "Paper", title="Models", title_justify="left")
        for name, cls in MODELS.items():
            models.add_row(f"[bold]{name}[/]", _first_sentence(cls), _paper(cls))
        console.print(models)

        presets = Table("Preset", "Model", title="Presets", title_justify="left")
        for name in zoo.presets():
            presets.add_row(f"[bold]{name}[/]", name.partition("_")[0])
        console.print(presets if presets.rows else "No presets are installed.")

        data = Table("Data", "What it is", title="Data sets", title_justify="left")
        for name, function in BUILT_IN.items():
            data.add_row(f"[bold]{name}[/]", inspect.getdoc(function).splitlines()[0])
        data.add_row("mnist, cifar10, ...", "Any image data set of tensorflow-datasets.")
        data.add_row("./folder, x.npz, ...", "Your images: a folder, idx, npz or npy files.")
        console.print(data)


def _first_sentence(cls) -> str:
    paragraph = " ".join(inspect.getdoc(cls).partition("\n\n")[0].split())
    return paragraph.rstrip(".")


def _paper(cls) -> str:
    """From the module's docstring, "DCGAN: Radford et al. (2015), Title, arXiv:1511.06434."."""
    text = " ".join((inspect.getmodule(cls).__doc__ or "").split())
    return text.partition(": ")[2].rstrip(".") or "-"


@app.command(
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
    image_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Resize images to so many pixels a side.",
            show_default="as they are; 28 for digits",
        ),
    ] = None,
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
    debug: Debug = False,
) -> None:
    """Train a model with its paper's optimizers and losses, and write a preset.

    The folder of the run gets checkpoints, log.csv, a picture of samples for each epoch, and at
    the end samples.gif and the preset. The same command again goes on where an interrupted run
    stopped, with the same result; with more --epochs it trains on; another --out starts anew.
    """
    settings = _settings(set_ or [])
    out = out or Path("runs") / f"{model}_{Path(data).stem}"
    with _running(debug, f"The same command goes on from the last checkpoint in {out}."):
        zoo = _zoo()
        import keras

        cls = _model_class(model)
        keras.utils.set_random_seed(seed)
        examples = zoo.data.load(data, image_size=image_size, limit=limit)
        network = _build(cls, settings, examples)
        batches = zoo.data.Batches(
            examples.x,
            # A batch holds the examples of all critic steps.
            batch_size=batch_size or 64 * network.smallest_batch,
            seed=seed,
            name=examples.name,
        )
        network.compile(jit_compile="auto" if jit is None else jit)
        resume = zoo.callbacks.ResumeTraining(out)
        log = out / "log.csv"
        _say(
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
        _say(
            f"Preset       {out / 'preset'}\n"
            f"Pictures     {out / 'samples'} and {out / 'samples.gif'}\n"
            f"Log          {log}\n"
            f"Checkpoints  {out / 'checkpoints'}: more --epochs train on\n"
            f"Next         keras-genzoo sample {out / 'preset'}"
        )


def _announce(progress, epochs: int, out: Path) -> None:
    """Says where a run that was begun before goes on."""
    if progress.epoch >= epochs:
        _say(
            f"{out} has its {progress.epoch} epochs already: nothing to train. More --epochs "
            "train on, another --out starts anew."
        )
    elif progress.epoch or progress.batch:
        batch = f", batch {progress.batch + 1}" if progress.batch else ""
        _say(f"Going on from the checkpoint in {out}: epoch {progress.epoch + 1}{batch}.")


@app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo sample runs/dcgan_digits/preset -n 64 --out grid.png\n\n"
        "keras-genzoo sample runs/nice_digits/preset -n 1000 --seed 1 --out samples.npy"
    )
)
def sample(
    preset: Preset,
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many samples.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same samples.")] = 0,
    out: Annotated[
        Path,
        typer.Option(
            help="A .png: a grid of images, or vectors as points. A .npy: the samples as an "
            "array, uint8 images or float32 vectors. An older file is replaced."
        ),
    ] = Path("samples.png"),
    debug: Debug = False,
) -> None:
    """Draw samples of a trained model into a picture or an array."""
    if out.suffix not in (".png", ".npy"):
        raise _usage(f"Expected a file name ending in .png or .npy; got {str(out)!r}.", "--out")
    with _running(debug):
        zoo = _zoo()
        import numpy as np

        from keras_genzoo.plotting import picture

        samples = zoo.from_preset(preset).sample(n, seed=seed)
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".npy":
            np.save(out, samples)
        else:
            picture(samples).save(out)
        _say(f"{n} samples of {preset}, {samples.dtype} {samples.shape}: {out}")


@app.command(
    epilog=(
        "Examples:\n\n"
        "keras-genzoo export runs/dcgan_digits/preset savedmodels/dcgan\n\n"
        "keras-genzoo export runs/dcgan_digits/preset savedmodels/dcgan --version 2\n\n"
        "tensorflow_model_server --model_name=dcgan --model_base_path=$PWD/savedmodels/dcgan"
    )
)
def export(
    preset: Preset,
    folder: Annotated[
        Path, typer.Argument(help="The model's folder; a server loads its highest version.")
    ],
    version: Annotated[int, typer.Option(min=1, help="Written to FOLDER/VERSION.")] = 1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace that version where it exists.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Write a SavedModel, as TensorFlow Serving wants it. Loading needs TensorFlow alone.

    Its signatures, among them "sample" (n, seed), are printed.
    """
    with _running(debug):
        _zoo().from_preset(preset).export(folder, version=version, overwrite=overwrite)


if __name__ == "__main__":
    main()
