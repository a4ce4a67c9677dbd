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
    """The class of a model's name, or of the user's own "module:Class"."""
    from keras_genzoo import registry

    if ":" in name:
        return _own_class(*name.split(":", 1))
    try:
        return registry.model_class(name)
    except ValueError as error:
        raise shell.usage(str(error), "MODEL") from None


def _own_class(module: str, name: str):
    import keras

    from keras_genzoo.engine import GenerativeModel

    try:
        cls = getattr(shell.imported(module), name, None)
    except ImportError as error:
        raise shell.usage(str(error), "MODEL") from error
    if not (isinstance(cls, type) and issubclass(cls, GenerativeModel)):
        got = "there is none of that name" if cls is None else f"it is {cls!r}"
        raise shell.usage(
            f"Expected a class {name} in {module}, a subclass of keras_genzoo.GenerativeModel; "
            f"{got}.",
            "MODEL",
        )
    if keras.saving.get_registered_object(keras.saving.get_registered_name(cls)) is not cls:
        raise shell.usage(
            f"Expected a class that Keras knows by name, so that it can be saved; got {name}. Put "
            f'@keras.saving.register_keras_serializable("{module}") above it.',
            "MODEL",
        )
    return cls


def _arguments(cls) -> list[str]:
    """What a model's constructor takes; a class of the user's own may hand **kwargs on."""
    names = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(base.__init__).parameters.values()
        names |= {p.name: None for p in parameters if p.kind != p.VAR_KEYWORD and p.name != "self"}
        hands_on = any(p.kind == p.VAR_KEYWORD for p in parameters)
        if not hands_on or base.__module__.startswith("keras_genzoo."):
            break
    return [*names, "name", "dtype"]


def build(cls, settings: dict, data):
    """The model, its example shape taken from the data where no setting gives it."""
    known = _arguments(cls)
    for name in settings:
        if name not in known:
            near = difflib.get_close_matches(name, known)
            hint = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(known)}."
            raise shell.usage(f"{cls.__name__} has no argument {name!r}. {hint}", "--set")
    shapes = {"image_shape", "num_features"}
    if shapes & set(known) and not shapes & set(settings):
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
