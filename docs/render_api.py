"""Renders the API reference from the docstrings into docs/api/: `make docs`."""

import importlib
import os
import pkgutil
import sys
import warnings
from pathlib import Path

# TensorFlow says nothing; and a library asks the system for its processor while it is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("PDOC_ALLOW_EXEC", "1")

import pdoc  # noqa: E402

PACKAGE = "keras_genzoo"
# What users name, and what a model of one's own is made of; each with all that is below it.
PAGES = (
    "callbacks",
    "data",
    "engine",
    "evaluation",
    "latents",
    "layers",
    "likelihood",
    "losses",
    "metrics",
    "models",
    "networks",
    "plotting",
    "probability",
    "recipes",
    "registry",
    "saving.signature",
    "support.abilities",
    "support.types",
)


def modules() -> list[str]:
    """The dotted names of the modules that get a page, programs aside."""
    found = [PACKAGE]
    for page in PAGES:
        module = importlib.import_module(f"{PACKAGE}.{page}")
        below = pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}.")
        found += [module.__name__, *(m.name for m in below if not m.name.endswith("__main__"))]
    return found


def roots(names: list[str]) -> list[str]:
    """Those to name to pdoc, which takes what is public below a module along by itself."""
    taken: set[str] = set()
    found = []
    for name in names:
        if name not in taken:
            found.append(name)
            taken.update(pdoc.extract.walk_specs([name]))
    return found


def main(folder: str | Path = Path(__file__).parent / "api") -> None:
    names = roots(modules())
    pdoc.render.configure(docformat="google", show_source=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pdoc.pdoc(*names, output_directory=Path(folder))
    print(f"Written: {Path(folder) / 'index.html'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
