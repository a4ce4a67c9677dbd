"""`recipe.yaml`: read with the nearest name for each mistake, and written in one form."""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from keras_genzoo.recipes.recipe import Data, Recipe, Target
from keras_genzoo.saving.preset import RECIPE, zoo_folder
from keras_genzoo.support.names import hint
from keras_genzoo.support.types import FilePath

HEAD = "# `keras-genzoo reproduce` trains this preset again, and sees whether it is as good.\n"


class _Loader(yaml.SafeLoader):
    """YAML as its version 1.2 has it: 2e-4 is a number, and `no` a word. A key stands once."""

    yaml_implicit_resolvers: dict = {}

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        twice = [str(key) for i, key in enumerate(keys) if key in keys[:i]]
        if twice:
            raise yaml.constructor.ConstructorError(
                problem=f"the key {twice[0]!r} stands twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


for _tag, _pattern, _first in (
    ("bool", "true|false", "tf"),
    ("int", "[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", "~|null|", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )


# ---------------------------------------------------------------------- reading


def find_recipe(name: FilePath) -> Path:
    """The file of a recipe: a .yaml file, a preset's folder, or a name of the zoo's.

    Raises:
        ValueError: Nothing of that name has a recipe; the nearest are named.
    """
    path = Path(name)
    names = sorted(file.parent.name for file in zoo_folder().glob(f"*/{RECIPE}"))
    if path.suffix in (".yaml", ".yml"):
        found = path
    elif (path / RECIPE).is_file() or str(name) not in names:
        found = path / RECIPE
    else:
        found = zoo_folder() / str(name) / RECIPE
    if found.is_file():
        return found
    if path.is_dir():
        raise ValueError(f"Expected a preset with a {RECIPE}; {path} has none.")
    raise ValueError(
        f"Expected a recipe: a name of the zoo's, a preset's folder or a .yaml file; got "
        f"{str(name)!r}, which is none of them. {hint(name, names)}"
    )


def name_of(path: Path) -> str:
    """What the preset of a recipe's file is called."""
    return path.resolve().parent.name if path.name == RECIPE else path.stem


def read_recipe(path: FilePath) -> Recipe:
    """The recipe in a file.

    Raises:
        ValueError: Not YAML; keys that are unknown (the nearest is named), missing or there twice;
            values of another type, or that do not fit together. The file and the key are named.
        OSError: The file cannot be read.
    """
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), _Loader)  # noqa: S506 - safe
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ValueError(f"Expected YAML in {path}; got something else{where}: {why}.") from None
    if not isinstance(content, dict):
        raise ValueError(
            f"Expected the keys of a recipe in {path}, such as model: and data:; got "
            f"{type(content).__name__}."
        )
    return checked(content, str(path))


def checked(content: dict, where: str) -> Recipe:
    """The recipe of these keys; `where` is what messages say that it is from."""
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        # A key that is written otherwise makes two errors; the nearest name is what helps.
        found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        raise ValueError(f"{where}: {' '.join(map(_in_words, found))}") from None


def _in_words(error: Any) -> str:
    """One of pydantic's errors as a sentence."""
    *above, key = error["loc"] or ("",)
    place = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        part = _part(error["loc"])
        inside = f" of {'.'.join(map(str, above))}" if above else ""
        return (
            f"Expected a key{inside} that recipes have; got {key!r}. "
            f"{hint(key, part.model_fields, most=1)}"
        )
    if error["type"] == "missing":
        return f"Expected the key {place!r}; there is none."
    what = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        return f"{place}: {what}" if place else what
    if error["type"] in ("model_type", "dict_type"):
        what = "keys and values"
    return (
        f"Expected {place} to be {what.removeprefix('Input should be ')}; got {error['input']!r}."
    )


def _part(place: tuple) -> type[BaseModel]:
    """Which part of a recipe a key is of."""
    parts: dict[Any, type[BaseModel]] = {"data": Data, "scores": Target}
    return parts.get(place[0], Recipe) if len(place) > 1 else Recipe


# ---------------------------------------------------------------------- writing


def written(recipe: Recipe) -> str:
    """The text of a recipe: what it says, in the order of its fields, nothing that it leaves out.

    `read_recipe` gives an equal recipe back.
    """
    content = recipe.model_dump(exclude_unset=True)
    content = {key: value for key, value in content.items() if value not in (None, {}, [], "")}
    lines = {
        key: _Line(value) if isinstance(value, dict) else value for key, value in content.items()
    }
    lines |= {"scores": [_Line(score) for score in content["scores"]]} if recipe.scores else {}
    text = yaml.dump(lines, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=90)
    return HEAD + text


class _Line(dict):
    """Keys and values that are written behind each other, in braces."""


class _Dumper(yaml.SafeDumper):
    """Quotes what the loader would take for something else; keeps paragraphs as they are."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers

    def ignore_aliases(self, data):
        return True

    def represent_text(self, text: str):
        style = "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def represent_line(self, line: _Line):
        return self.represent_mapping("tag:yaml.org,2002:map", line.items(), flow_style=True)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(_Line, _Dumper.represent_line)
