"""`make docs` renders the API reference."""

import html
import re
import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "docs" / "render_api.py"


def text_of(page: Path) -> str:
    """A page's words, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page.read_text())).split())


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    runpy.run_path(str(SCRIPT))["main"](folder)
    return folder / "keras_genzoo"


@pytest.mark.long
def test_a_models_arguments_and_example_are_on_its_page(pages):
    text = text_of(pages / "models" / "autoencoder" / "vae.html")
    assert "Arguments: image_shape: (height, width, channels), for images." in text
    assert 'zoo.data.load("mnist", batch_size=100)' in text


@pytest.mark.long
@pytest.mark.parametrize(
    "page",
    ["models/flow/flow", "engine", "probability/priors", "layers", "support/abilities", "data"],
)
def test_what_a_model_is_made_of_has_a_page(pages, page):
    assert (pages / f"{page}.html").is_file()


@pytest.mark.long
def test_the_command_line_has_none(pages):
    assert not list(pages.rglob("*cli*"))
