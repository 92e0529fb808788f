"""The command `convert`."""

from pathlib import Path
from typing import Annotated

import typer

from inception_keras.backend import load_backend
from inception_keras.cli.console import console


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .safetensors, .pth or .caffemodel file.")],
    to: Annotated[Path, typer.Option("--to", metavar="NAME.weights.h5", help="The Keras weights file to write.")],
    model: Annotated[str | None, typer.Option("--model", help="Expected model; any other is an error.")] = None,
    aux_heads: Annotated[bool, typer.Option("--aux-heads", help="Keep GoogLeNet's auxiliary heads.")] = False,
    classes: Annotated[int | None, typer.Option("--classes", help="Expected number of classes.")] = None,
    class_names: Annotated[
        Path | None,
        typer.Option("--class-names", metavar="FILE", help="Text file, one name per line, for the manifest."),
    ] = None,
):
    """Converts weights of another framework to a Keras weights file, with a manifest beside it."""
    from inception_keras.io.class_names import read_class_names

    names = read_class_names(class_names) if class_names else None
    load_backend()
    from inception_keras import weights

    manifest = weights.convert(file, to, model, aux_heads=aux_heads, classes=classes, class_names=names)
    left_out = f"; left out: {', '.join(manifest['source']['left_out'])}" if manifest["source"]["left_out"] else ""
    described = to.with_name(to.name.removesuffix(".weights.h5") + ".json")
    console().print(
        f"{to}: {manifest['name']}, {manifest['classes']} classes, from {manifest['source']['form']}{left_out}. "
        f"Images must be prepared as {manifest['preprocessing']['mode']!r}: see {described}",
        markup=False,
        highlight=False,
    )
