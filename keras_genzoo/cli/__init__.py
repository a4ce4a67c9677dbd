"""The command line, `keras-genzoo`: a file for each command."""

# Imported for the commands that they define, in the order in which `--help` lists them.
from keras_genzoo.cli import listing, train, reproduce, sample, evaluate, compare, export  # noqa: F401, I001
from keras_genzoo.cli.shell import app


def main() -> None:
    """The `keras-genzoo` command."""
    app()
