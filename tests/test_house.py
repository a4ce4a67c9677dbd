"""The house stands as docs/architecture.md draws it: imports run down, files stay short.

All is read from the source: imports at the top of a module and inside its functions alike, those
for type checkers aside.
"""

import ast
import functools
from pathlib import Path

import pytest

import keras_genzoo as zoo

ROOT = Path(__file__).parents[1]
PACKAGE = "keras_genzoo"

# From the roof down: a room imports rooms of lower floors alone, and none beside it.
FLOORS = (
    ("cli", "serving"),
    ("__init__",),  # the public names
    ("recipes",),
    ("evaluation",),
    ("registry", "callbacks"),
    ("models",),
    ("metrics",),  # names of `likelihood` are public here as well
    ("likelihood",),
    ("losses", "networks"),
    ("layers",),
    ("engine",),
    ("saving",),  # pictures of samples go into presets
    ("plotting",),
    ("probability",),  # a prior's path is made of `latents`
    ("data", "latents"),
    ("backends",),
    ("support", "version"),
)
FLOOR = {room: floor for floor, rooms in enumerate(reversed(FLOORS)) for room in rooms}

MOST_LINES = 360

# What `hasattr` asks for, which is never what a model can do: abilities are asked by isinstance.
HASATTR = {
    "__array__": "an array of any library",
    "__name__": "a function has one, another callable may not",
    "__next__": "data that come once, which a Keras data adapter would take",
    "_random_generator": "a layer of keras-cv that draws",
    "element_spec": "a tf.data data set, where TensorFlow is not to be imported",
    "get_config": "an object that Keras serializes",
    "inputs": "a user's feature network: functional ones have inputs",
    "map": "a tf.data data set, likewise",
    "monitor_op": "a Keras callback that watches a figure",
    "num_batches": "a data set of another library",
    "{argument}": "an argument of a constructor, which a configuration may lack",
    "{name}": "an argument of a constructor that is kept by its name",
    "{value.dtype.name}": "a dtype of ml_dtypes",
}

# Who imports a backend outside of backends/, and what for: never to train.
BACKENDS = ("tensorflow", "jax", "torch")
BACKEND_USERS = {
    ("data", "tensorflow"): "reads tensorflow-datasets and runs keras-cv, beside any backend",
    ("engine", "tensorflow"): "looks through a user's own tf.data data set",
    ("metrics", "tensorflow"): "runs Inception's frozen graph, beside any backend",
    ("saving", "tensorflow"): "writes SavedModels, beside any backend in a process of its own",
    ("saving", "torch"): "exports from PyTorch by PyTorch's exporter",
}

# Who imports what is known when the program runs alone, and what that is.
IMPORTS_BY_NAME = {
    "keras_genzoo": "its public names, each when it is first used",
    "keras_genzoo.backends": "the module of Keras's backend",
    "keras_genzoo.cli.shell": "modules of the user's own",
    "keras_genzoo.models.row": "the classes of its rows",
    "keras_genzoo.registry": "the user's classes, from modules that are imported already",
    "keras_genzoo.saving.tensorflow_process": "modules of the user's own, in the second process",
}


# ---------------------------------------------------------------------- reading the source


@functools.cache
def modules() -> dict[str, ast.Module]:
    """The package's modules by their dotted names, parsed."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(), str(path))
    return found


def imported(tree: ast.AST) -> set[str]:
    """Dotted names that a module imports, in its functions too, but not for type checkers alone.

    Of `from package import name` it is "package.name", which may be a module or something in one.
    """
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            found |= set().union(*map(imported, node.orelse))
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"Expected absolute imports; got {ast.unparse(node)}."
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        else:
            found |= imported(node)
    # By name, where the name is written out.
    return found | {name for name in by_name(tree) if not name.startswith("{")}


def by_name(tree: ast.AST) -> set[str]:
    """What `importlib.import_module` imports; in braces, where it is not written out."""
    return {
        text(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func)
    }


def text(node: ast.AST) -> str:
    """A string of the source; anything else in braces."""
    return node.value if isinstance(node, ast.Constant) else f"{{{ast.unparse(node)}}}"


def imports(known: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Which of the known modules each of them imports."""

    def module_of(name: str) -> str | None:
        if name in known:
            return name
        package = name.rpartition(".")[0]
        return package if package in known else None

    return {
        name: {module_of(one) for one in imported(tree)} - {None, name}
        for name, tree in known.items()
    }


def room(module: str) -> str:
    """The first name below the package's; programs stand with the command."""
    if module.endswith(".__main__"):
        return "cli"
    return (module.split(".") + ["__init__"])[1]


def upward(arrows: dict[str, set[str]]) -> list[str]:
    """The imports that do not run down."""
    return [
        f"{module} imports {other}"
        for module, others in arrows.items()
        for other in sorted(others)
        if room(module) != room(other) and FLOOR[room(module)] <= FLOOR[room(other)]
    ]


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a ring; empty where there are none."""
    finished = set()

    def walk(module, way):
        if module in way:
            return [*way[way.index(module) :], module]
        if module in finished:
            return []
        for other in sorted(arrows[module]):
            if found := walk(other, [*way, module]):
                return found
        finished.add(module)
        return []

    return next(filter(None, (walk(module, []) for module in arrows)), [])


def asked(tree: ast.AST) -> set[str]:
    """Attributes that `hasattr` asks for, or `getattr` of a `model` that may lack them."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            fallback = node.func.id == "getattr" and len(node.args) == 3
            if node.func.id == "hasattr" or (fallback and ast.unparse(node.args[0]) == "model"):
                found.add(text(node.args[1]))
    return found


# ---------------------------------------------------------------------- the house


def test_every_room_has_its_floor():
    rooms = {room(name) for name in modules()}
    assert rooms <= set(FLOOR), f"Put {sorted(rooms - set(FLOOR))} on a floor of FLOORS."


def test_imports_run_down():
    assert upward(imports(modules())) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circle(imports(modules())) == []


def test_no_model_is_asked_by_hasattr():
    """Who needs to know what a model can do asks `support.abilities` by isinstance."""
    assert set().union(*map(asked, modules().values())) == set(HASATTR)


def test_only_backends_import_a_backend_to_train():
    users = {
        (room(name), other.partition(".")[0])
        for name, tree in modules().items()
        for other in imported(tree)
        if other.partition(".")[0] in BACKENDS and room(name) != "backends"
    }
    assert users == set(BACKEND_USERS)


def test_few_import_by_a_name_that_is_not_written_out():
    """What they import cannot be read here: it could run up."""
    users = {
        name for name, tree in modules().items() for one in by_name(tree) if one.startswith("{")
    }
    assert users == set(IMPORTS_BY_NAME)


@pytest.mark.parametrize("folder", [PACKAGE, "tests", "benchmarks", "examples"])
def test_no_file_is_too_long_to_read(folder):
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {path: n for path, n in lengths.items() if n > MOST_LINES} == {}


def test_no_model_imports_another():
    """What several models need stands in their family's base, or in networks/."""
    homes = {model.__module__ for model in zoo.MODELS.values()}
    arrows = imports(modules())
    assert {name: arrows[name] & homes for name in homes if arrows[name] & homes} == {}


def test_a_model_is_no_other_models_base():
    """Classes are abstract or final: what models share is their family's base."""
    models = set(zoo.MODELS.values())
    heirs = {model: models.intersection(model.__mro__[1:]) for model in models}
    assert {model: bases for model, bases in heirs.items() if bases} == {}


# ---------------------------------------------------------------------- what reads it


def parsed(**sources) -> dict[str, ast.Module]:
    return {f"{PACKAGE}.{name.replace('__', '.')}": ast.parse(x) for name, x in sources.items()}


@pytest.mark.parametrize(
    "source",
    [
        "from keras_genzoo.cli import shell",
        "import keras_genzoo.cli.shell",
        "from keras_genzoo.cli.shell import say",
        "def f():\n    from keras_genzoo.cli import shell",
        "if True:\n    class A:\n        import keras_genzoo.cli.shell as s",
        "import importlib\nimportlib.import_module('keras_genzoo.cli.shell')",
    ],
)
def test_an_import_that_runs_up_is_found_wherever_it_stands(source):
    found = upward(imports(parsed(support__names=source, cli__shell="")))
    assert found == ["keras_genzoo.support.names imports keras_genzoo.cli.shell"]


def test_what_runs_down_or_is_for_type_checkers_is_no_fault():
    below = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras_genzoo.cli.shell"
    above = "from keras_genzoo.support import names\nimport numpy"
    assert upward(imports(parsed(support__names=below, cli__shell=above))) == []


def test_rooms_beside_each_other_are_apart():
    arrows = imports(parsed(losses__a="from keras_genzoo.networks import b", networks__b=""))
    assert upward(arrows) == ["keras_genzoo.losses.a imports keras_genzoo.networks.b"]


def test_a_circle_is_found_inside_a_room():
    sources = {
        "data__a": "import keras_genzoo.data.b",
        "data__b": "def f():\n    from keras_genzoo.data.c import x",
        "data__c": "from keras_genzoo.data.a import y",
        "data__d": "from keras_genzoo.data import a",
    }
    names = [f"{PACKAGE}.data.{letter}" for letter in "abca"]
    assert circle(imports(parsed(**sources))) == names
    assert circle(imports(parsed(**{**sources, "data__b": ""}))) == []


def test_what_is_asked_for_is_found():
    source = "hasattr(x, 'decode'); getattr(model, 'levels', 2); getattr(x, 'y', 0); hasattr(x, n)"
    assert asked(ast.parse(source)) == {"decode", "levels", "{n}"}
