"""The command `draw`."""

from pathlib import Path
from typing import Annotated

import typer

from inception_keras.cli.console import console, say
from inception_keras.cli.loading import load_visibly
from inception_keras.cli.waiting import waiting
from inception_keras.errors import UserError


def draw(
    to: Annotated[Path, typer.Option("--to", metavar="FILE.svg", help="Where to write the drawing.")] = Path(
        "googlenet.svg"
    ),
):
    """Draws GoogLeNet and its module as SVG, read off the built network, with the switches marked."""
    if to.suffix != ".svg":
        raise UserError(f"--to {to}: the drawing is SVG: name a file that ends in .svg")
    load_visibly()
    from inception_keras.io.writing import write_atomically, written_or_refused
    from inception_keras.models.googlenet_diagram import googlenet_diagram

    with waiting("building GoogLeNet"), written_or_refused(to):
        write_atomically(to, googlenet_diagram().encode())
    say(console(), f"written: {to}")
