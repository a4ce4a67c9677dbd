"""The version of the package: what `pyproject.toml` reads, and what presets are marked with."""

__version__ = "0.1.0"
