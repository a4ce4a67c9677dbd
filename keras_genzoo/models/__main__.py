"""`python -m keras_genzoo.models`: writes what is made from the catalogue, in a checkout.

That is the README's table of models, and `keras_genzoo/__init__.pyi` for editors and type checkers.
"""

import json
from collections import defaultdict
from pathlib import Path

import keras_genzoo
from keras_genzoo.models import catalogue

PACKAGE = Path(keras_genzoo.__file__).parent
README, STUB = PACKAGE.parent / "README.md", PACKAGE / "__init__.pyi"
BEGIN = "<!-- models: written by `python -m keras_genzoo.models` -->\n\n"
END = "\n<!-- end of models -->\n"


def readme(text: str) -> str:
    """The README with the table of models as it shall be.

    Raises:
        ValueError: A text without the two comments that the table stands between.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"Expected the lines {BEGIN!r} and {END!r}; got a text without them.")
    return f"{before}{begin}{table()}{end}{after}"


def table() -> str:
    """All models in Markdown."""
    lines = ["| class | paper | preset | measured here |", "|---|---|---|---|"]
    for row in catalogue.ROWS.values():
        names = ", ".join(f"`{name}`" for name in presets()[row.class_name])
        cells = (f"`{row.class_name}`", row.paper.short, names, row.measured)
        lines.append("| " + " | ".join(cells).replace("|  |", "| |") + " |")
    return "\n".join(lines) + "\n"


def presets() -> dict[str, list[str]]:
    """The names of the pretrained models by class, of those in the checkout."""
    found = defaultdict(list)
    for path in sorted((PACKAGE.parent / "savedmodels").glob("*/metadata.json")):
        class_name = json.loads(path.read_text())["class_name"].rpartition(">")[2]
        found[class_name].append(path.parent.name)
    return found


def stub() -> str:
    """The public names and where they are from, in the form that Ruff gives it."""
    imports = defaultdict(list)
    for name, home in vars(keras_genzoo)["_HOME"].items():
        imports[home or keras_genzoo.__name__].append(name)
    for row in catalogue.ROWS.values():
        imports[row.module].append(row.class_name)
    lines = ['"""Written by `python -m keras_genzoo.models`."""', ""]
    lines += [f"from {home} import {', '.join(sorted(imports[home]))}" for home in sorted(imports)]
    lines += ["", "__version__: str", "__all__ = ["]
    lines += [f'    "{name}",' for name in sorted(sum(imports.values(), []))]
    return "\n".join([*lines, "]", ""])


def main() -> None:
    README.write_text(readme(README.read_text()))
    STUB.write_text(stub())
    print(f"Written: the table in {README}, and {STUB}")


if __name__ == "__main__":
    main()
