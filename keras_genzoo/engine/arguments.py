"""What a model's constructor takes: recorded once, in its signature."""

import inspect

import keras

from keras_genzoo.support.names import hint

PACKAGE = __name__.partition(".")[0]
# What any Keras model's constructor takes.
OF_ANY_MODEL = ("name", "dtype", "trainable")
# One of them says an example's shape.
SHAPES = ("image_shape", "num_features")
# Attributes of any model, which an argument that is kept by its name would overwrite.
TAKEN = ("accumulation", "average", "inputs", "noise", "scale", "spec", "state", "when")


def of_constructor(cls: type) -> list[str]:
    """The names of a constructor's arguments; of a user's own class that hands **kwargs on, those
    of its bases, too.
    """
    names: dict[str, None] = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        own = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        names |= {p.name: None for p in own if p.name not in ("self", "spec")}
        if len(own) == len(parameters) or base.__module__.partition(".")[0] == PACKAGE:
            break
    return list(names)


def of_configuration(cls: type, given) -> list[str]:
    """Which of a constructor's arguments make the configuration: those that the class itself names,
    and of its bases', which it hands on, those that were `given` by name. What a class gives to its
    bases of its own accord it would not take.
    """
    constructor = next(vars(base)["__init__"] for base in cls.__mro__ if "__init__" in vars(base))
    parameters = inspect.signature(constructor).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return of_constructor(cls)
    own = {p.name for p in parameters}
    return [name for name in of_constructor(cls) if name in own or name in given]


def check(cls: type, given) -> None:
    """Raises ValueError for names that neither the class nor any Keras model takes, and for a class
    whose arguments cannot be kept as attributes.
    """
    own = [name for name in of_constructor(cls) if name not in OF_ANY_MODEL]
    taken = [name for name in own if name in TAKEN or hasattr(keras.Model, name)]
    if taken:
        raise ValueError(
            f"Expected arguments of {cls.__name__} under names of their own; got {taken[0]!r}, an "
            f"attribute of any model. Call it otherwise: {taken[0]}_std, num_{taken[0]}."
        )
    for name in given:
        if name not in OF_ANY_MODEL:
            nearest = hint(name, [*own, *OF_ANY_MODEL], most=1)
            raise ValueError(f"Expected an argument of {cls.__name__}; got {name!r}. {nearest}")


def check_kept(model: keras.Model, given) -> None:
    """Raises ValueError where a model that is saved would come back as another one: where its
    configuration lacks an argument, or holds what JSON and Keras cannot.
    """
    config, name = model.get_config(), type(model).__name__
    for argument in of_configuration(type(model), given):
        if argument not in config and argument not in SHAPES and not hasattr(model, argument):
            raise ValueError(
                f"Expected {name}'s argument {argument!r} in its configuration; it is not kept. "
                f"Set self.{argument} = {argument} in the constructor, or give it in get_config()."
            )
    for argument, value in config.items():
        try:
            keras.saving.serialize_keras_object(value)
        except TypeError as error:
            raise ValueError(
                f"Expected {name}'s arguments as JSON values or Keras objects; got {argument}="
                f"{value!r}. Take a name or numbers, and make the object of them."
            ) from error
