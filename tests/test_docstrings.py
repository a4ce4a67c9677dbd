"""The examples in public docstrings and in the README run: as code does, in `example_world`."""

import ast
import builtins
import inspect
import re
import textwrap
from pathlib import Path

import example_world
import public
import pytest

import keras_genzoo as zoo

README = Path(__file__).parents[1] / "README.md"
CODE = re.compile(r"^( *)```python\n(.*?)^\1```$", re.M | re.S)
RAISES = re.compile(r"# (\w+Error)$")
LONG = ("PixelCNN",)  # 784 passes for a sample
NEEDS = {"Saved.export": "onnx"}


def code_in(text: str) -> list[str]:
    """The Python blocks of a docstring or of a document."""
    return [textwrap.dedent(body) for _, body in CODE.findall(text)]


def documented() -> dict[str, object]:
    """Public classes, their methods, and functions, by their full names."""
    found: dict[str, object] = dict(public.objects())
    for name, cls in public.objects().items():
        if inspect.isclass(cls):
            own = {key: value for key, value in vars(cls).items() if not key.startswith("_")}
            found |= {f"{name}.{key}": getattr(v, "__func__", v) for key, v in own.items()}
    return found


def examples() -> dict[str, list[str]]:
    """All examples by where they stand: "VAE", "Saved.export", "load", "README"."""
    found = {"README": code_in(README.read_text())}
    for name, value in documented().items():
        short = re.sub(r"^[a-z_0-9.]+\.(?=[A-Z])|^.*\.(?=[a-z_]+$)", "", name)
        if code := code_in(inspect.getdoc(value) or ""):
            found[short] = code
    return found


EXAMPLES = examples()


def run(code: str, names: dict) -> None:
    """Runs an example, statement by statement; one that ends in "# ValueError" raises that."""
    for statement in ast.parse(code).body:
        last = code.splitlines()[statement.end_lineno - 1]
        part = compile(ast.Module([statement], []), "<example>", "exec")
        if error := RAISES.search(last):
            with pytest.raises(getattr(builtins, error[1])):
                exec(part, names)
        else:
            exec(part, names)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.long] if n in LONG else []) for n in EXAMPLES],
)
def test_an_example_runs(name, monkeypatch, tmp_path):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    names = example_world.enter(monkeypatch, tmp_path)
    for code in EXAMPLES[name]:
        run(code, dict(names))


def test_every_model_and_callback_has_an_example():
    named = {model.__name__ for model in zoo.MODELS.values()} | set(zoo.callbacks.__all__)
    assert named - set(EXAMPLES) == set()


def test_an_example_is_code_in_a_fence():
    """So it is run, and shown as code."""
    text = {name: inspect.getdoc(value) or "" for name, value in documented().items()}
    bare = re.compile(r"^Examples?:\n(?! *```python)", re.M)
    assert [name for name, doc in text.items() if bare.search(doc)] == []


@pytest.mark.parametrize(
    "broken",
    [
        "zoo.VAE(image_shap=(28, 28, 1))",
        "zoo.data.load('digits', batchsize=3)",
        "model.fit(train, epoch=3)",
        "model.sample(64, sed=0)",
        "model.log_likelihood(x, method='iwae', draws=5)",
        "zoo.metrics.InceptionGraph('file', hash='1')",
        "zoo.metrics.Fréchet",
        "1 < 2  # ValueError",
    ],
)
def test_a_wrong_name_or_argument_fails(broken, monkeypatch, tmp_path):
    names = example_world.enter(monkeypatch, tmp_path)
    with pytest.raises((TypeError, ValueError, AttributeError, pytest.fail.Exception)):
        run(broken, names)
