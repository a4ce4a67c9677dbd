"""What is public: the names of `__all__`, and what a model of one's own is made of."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType

import keras_genzoo as zoo

PACKAGE = zoo.__name__
# Rooms whose `__init__` names what is public in them.
ROOMS = (
    "backends",
    "callbacks",
    "data",
    "engine",
    "evaluation",
    "layers",
    "losses",
    "metrics",
    "metrics.features",
    "plotting",
    "recipes",
    "saving",
)
# Rooms and modules without such a list: all that they define without an underscore is public, for
# whoever writes a model. The families' bases come with their models.
OPEN = (
    "data.stacked",
    "engine.adopt",
    "latents",
    "likelihood.hamiltonian",
    "likelihood.importance",
    "likelihood.likelihood",
    "likelihood.log_mean_exp",
    "models.descent",
    "models.inversion",
    "networks",
    "probability",
    "support.abilities",
)


def is_ours(thing) -> bool:
    return (getattr(thing, "__module__", None) or "").partition(".")[0] == PACKAGE


def modules() -> Iterator[ModuleType]:
    """The modules of OPEN and, of its rooms, all that are in them."""
    for name in OPEN:
        module = importlib.import_module(f"{PACKAGE}.{name}")
        yield module
        for found in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}."):
            yield importlib.import_module(found.name)


def objects() -> dict[str, type | FunctionType]:
    """Public classes and functions of the package by their full names, each of them once."""
    found = [getattr(zoo, name) for name in zoo.__all__]
    for name in ROOMS:
        room = importlib.import_module(f"{PACKAGE}.{name}")
        found += [getattr(room, name) for name in room.__all__]
    for module in modules():
        own = [value for name, value in vars(module).items() if not name.startswith("_")]
        found += [value for value in own if getattr(value, "__module__", "") == module.__name__]
    for model in zoo.MODELS.values():
        found += model.__mro__
    kept = (value for value in found if isinstance(value, type | FunctionType) and is_ours(value))
    return {f"{value.__module__}.{value.__qualname__}": value for value in kept}


def functions() -> dict[str, Callable]:
    """Public functions and methods that the package defines, by their full names.

    Methods that override one of Keras's or of Python's are left out, where they are mixed into such
    a class too: they have its signature.
    """
    found, overriding = {}, set()
    for name, value in objects().items():
        if not inspect.isclass(value):
            found[name] = value
            continue
        others = [vars(base) for base in value.__mro__ if not is_ours(base)]
        for base in filter(is_ours, value.__mro__):
            for method, raw in vars(base).items():
                full = f"{base.__module__}.{base.__qualname__}.{method}"
                raw = raw.fget if isinstance(raw, property) else getattr(raw, "__func__", raw)
                if inspect.isfunction(raw) and is_ours(raw) and _is_public(method):
                    found[full] = raw
                if method != "__init__" and any(method in names for names in others):
                    overriding.add(full)
    return {name: function for name, function in found.items() if name not in overriding}


def _is_public(name: str) -> bool:
    return name == "__init__" or not name.startswith("_")
