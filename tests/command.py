"""The command line, called in this process."""

from typer.testing import CliRunner

from keras_genzoo import cli

runner = CliRunner(env={"COLUMNS": "200"})


def run(*arguments):
    return runner.invoke(cli.app, [str(argument) for argument in arguments])


def ok(*arguments):
    """Its standard output; it must succeed."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def fails(status, *arguments):
    """Its message in one line; it must exit with `status`."""
    result = run(*arguments)
    assert result.exit_code == status, result.output
    return " ".join(result.stderr.replace("│", " ").split())
