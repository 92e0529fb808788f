"""The option `--version` of both command lines."""

from typing import Annotated

import typer

import inception_keras
from inception_keras.cli.console import console


def _show(asked: bool):
    if asked:
        console().print(f"inception_keras {inception_keras.__version__}")
        raise typer.Exit


def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show, is_eager=True, help="Show the version and exit.")
    ] = False,
):
    """The options before a command."""
