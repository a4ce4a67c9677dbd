"""What is public says what it is, what it takes and what it gives."""

import inspect
import re
from collections.abc import Callable

import public
import pytest

from keras_genzoo import backends

UNNAMED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def not_annotated(function: Callable) -> list[str]:
    """The parameters of a function without a type, and "return"; `*args` and `**kwargs` may."""
    signature = inspect.signature(function)
    missing = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.annotation is parameter.empty
        and name not in ("self", "cls")
        and parameter.kind not in UNNAMED
    ]
    if signature.return_annotation is signature.empty and function.__name__ != "__init__":
        missing.append("return")
    return missing


def arguments_of(thing) -> list[str]:
    return list(inspect.signature(thing.__init__ if inspect.isclass(thing) else thing).parameters)


def explained(thing, *sections: str) -> list[str]:
    """The names that sections of a docstring explain."""
    form = rf"^(?:{'|'.join(sections)}):\n((?: .*\n?|\n)*)"
    blocks = re.findall(form, inspect.cleandoc(thing.__doc__ or ""), re.M)
    headings = re.findall(r"^    (\S[^:]*):", "".join(blocks), re.M)
    return [name.strip(" *") for heading in headings for name in heading.split(",")]


def not_explained(cls: type) -> list[str]:
    """The arguments of a class's own constructor that its docstring does not name: in its Args, or
    in its Attributes, where they are what it consists of.
    """
    init = vars(cls).get("__init__")
    if init is None or init.__module__ != cls.__module__:
        return []
    parameters = inspect.signature(init).parameters.values()
    names = [p.name for p in parameters if p.name != "self" and p.kind not in UNNAMED]
    return [name for name in names if name not in explained(cls, "Args", "Attributes")]


def test_the_walk_finds_what_users_see():
    found = public.objects()
    names = {name.rpartition(".")[2] for name in found}
    assert {"VAE", "Flow", "GenerativeModel", "Sampling", "Normal", "Chain", "load"} <= names
    assert {"SampleQuality", "gradient_penalty", "spherical_interpolation", "Decodes"} <= names


def test_public_functions_are_annotated():
    missing = {name: not_annotated(function) for name, function in public.functions().items()}
    assert {name: what for name, what in missing.items() if what} == {}


def test_public_things_have_a_docstring():
    of_backends = re.findall(r"`(\w+)\(", backends.__doc__)  # one text for three modules
    missing = [name for name, value in public.objects().items() if not value.__doc__]
    assert [name for name in missing if name.rpartition(".")[2] not in of_backends] == []


def test_public_classes_explain_their_arguments():
    classes = {name: cls for name, cls in public.objects().items() if inspect.isclass(cls)}
    missing = {name: not_explained(cls) for name, cls in classes.items()}
    assert {name: what for name, what in missing.items() if what} == {}


def test_arguments_that_are_explained_exist():
    things = public.objects() | public.functions()
    wrong = {
        name: [one for one in explained(thing, "Args") if one not in arguments_of(thing)]
        for name, thing in things.items()
    }
    assert {name: what for name, what in wrong.items() if what} == {}


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("def f(x: int, *args, **kwargs) -> int: ...", []),
        ("def f(self, x, *, y=1) -> int: ...", ["x", "y"]),
        ("def f(x: int): ...", ["return"]),
        ("def __init__(self, x: int): ...", []),
    ],
)
def test_a_missing_annotation_is_found(source, missing):
    made: dict = {}
    exec(source, made)
    (function,) = (value for name, value in made.items() if name != "__builtins__")
    assert not_annotated(function) == missing


def test_an_argument_that_is_not_explained_is_found():
    class Thing:
        """A thing.

        Args:
            a, b: Two.
                And more: of them.
            **kwargs: Others.

        Raises:
            c: Not one.
        """

        def __init__(self, a, b, c, **kwargs): ...

    assert not_explained(Thing) == ["c"]
