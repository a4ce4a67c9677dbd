"""What a command is given for a model's constructor, and the model made of it."""

import difflib
import inspect
import json
import re

from keras_genzoo.cli import shell


def parse(assignments: list[str], option: str = "--set", *, dotted: bool = False) -> dict:
    """["width=32", "image_shape=[28,28,1]", "activation=relu"] -> constructor arguments.

    With `dotted`, names may have dots in them, as "vae.latent_dim=50" has.
    """
    settings = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip().replace("-", "_")
        parts = name.split(".") if dotted else [name]
        if not equals or not all(part.isidentifier() for part in parts):
            raise shell.usage(f"Expected NAME=VALUE, such as width=32; got {assignment!r}.", option)
        settings[name] = _json(value.strip(), assignment, option)
    return settings


def _json(value: str, assignment: str, option: str):
    try:
        return json.loads(value)
    except ValueError:
        # A shell takes the quotes off a word, so a bare one is a string; but Python's constants
        # would be quietly wrong as strings.
        if re.fullmatch(r"[A-Za-z][\w.-]*", value) and value not in ("True", "False", "None"):
            return value
        raise shell.usage(
            f"Expected a JSON value, such as 32, [28,28,1], true, null or a word; got "
            f"{assignment!r}. A value with spaces or quotes needs quotes of the shell around it.",
            option,
        ) from None


def model_class(name: str):
    from keras_genzoo import registry

    try:
        return registry.model_class(name)
    except ValueError as error:
        raise shell.usage(str(error), "MODEL") from None


def _arguments(cls) -> list[str]:
    """What a model's constructor takes."""
    names = [name for name in inspect.signature(cls).parameters if name != "kwargs"]
    return [*names, "name", "dtype"]


def build(cls, settings: dict, data):
    """The model, its example shape taken from the data where no setting gives it."""
    known = _arguments(cls)
    for name in settings:
        if name not in known:
            near = difflib.get_close_matches(name, known)
            hint = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(known)}."
            raise shell.usage(f"{cls.__name__} has no argument {name!r}. {hint}", "--set")
    if not {"image_shape", "num_features"} & set(settings):
        shape = data.x.shape[1:]
        key, value = ("image_shape", shape) if len(shape) == 3 else ("num_features", shape[0])
        if key not in known:
            kind = "images" if "image_shape" in known else "vectors"
            raise shell.usage(
                f"{cls.__name__} models {kind}; {data.name} has examples of shape {shape}.",
                "--data",
            )
        settings = {key: value, **settings}
    return cls(**settings)
