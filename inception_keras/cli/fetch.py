"""The command `fetch`."""

from pathlib import Path
from typing import Annotated

import typer

from inception_keras import zoo
from inception_keras.cli.console import console
from inception_keras.cli.loading import load_visibly
from inception_keras.errors import UserError
from inception_keras.weights.catalogue import IMAGENET, find_file


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `list` shows with a source of weights.")],
    source: Annotated[
        str,
        typer.Option(
            "--source",
            metavar="SOURCE",
            help="Whose weights. Default: the first that `list` shows.",
            show_default=False,
        ),
    ] = IMAGENET,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="DIR",
            help="Keep the file as published in DIR, for a mirror. Default: convert it into the cache.",
        ),
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="The published file, if you have it, instead of fetching it."),
    ] = None,
):
    """Fetches published weights ahead of use, so that `weights=` needs no network."""
    file = find_file(zoo.architecture(name).name, source)
    if to is not None and not to.is_dir():
        raise UserError(f"there is no folder {to} to put {file.name} in")
    if to is not None and given is not None:
        raise UserError(f"give --to or --from: {given} can be copied to {to}")
    from inception_keras.io.manifests import read_manifest, sha256
    from inception_keras.weights import by_name, originals

    if to is not None:
        path = originals.fetch_original(file, to)
        digits = sha256(path)
    else:
        if given is None:
            by_name.fetch_ahead(file.model, file.source)  # before the framework takes seconds to load
        else:
            originals.check_given(file, given)
        load_visibly()
        path = by_name.fetch(file) if given is None else by_name.take(file, given)
        digits = (read_manifest(path) or {})["source"]["sha256"]
    console().print(
        f"{path}: {file.source} weights of {name}; {file.name} has the sha256 {digits}. Licence: {file.licence.name} "
        f"({file.licence.text})",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
