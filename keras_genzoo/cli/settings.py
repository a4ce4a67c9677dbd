"""What a command is given for a model's constructor, and the model's class."""

import json
import re

from keras_genzoo.cli import shell


def parse(assignments: list[str], option: str = "--set", *, dotted: bool = False) -> dict:
    """["width=32", "image_shape=[28,28,1]", "activation=relu"] -> constructor arguments.

    With `dotted`, a model's name goes before: "vae.latent_dim=50", "mine:Flow.depth=3".
    """
    settings = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        model, dot, name = name.strip().rpartition(".") if dotted else ("", "", name.strip())
        name = name.replace("-", "_")
        if not equals or not name.isidentifier():
            raise shell.usage(f"Expected NAME=VALUE, such as width=32; got {assignment!r}.", option)
        settings[model + dot + name] = _json(value.strip(), assignment, option)
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


def model_class(name: str, option: str = "MODEL"):
    """The class of a model's name, or of the user's own "module:Class", imported from here."""
    from keras_genzoo import registry

    try:
        if registry.is_own(name):
            shell.imported(name.partition(":")[0])
        return registry.model_class(name)
    except (ValueError, ImportError) as error:
        raise shell.usage(str(error), option) from error
