"""The command `convert`."""

from pathlib import Path
from typing import Annotated

import typer

from inception_keras.cli.console import console
from inception_keras.cli.loading import load_visibly
from inception_keras.cli.waiting import waiting


def convert(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .safetensors, .pth, .ckpt, .tar.gz, .caffemodel or .onnx file.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="NAME.weights.h5", help="The Keras weights file to write.")],
    model: Annotated[str | None, typer.Option("--model", help="Expected model; any other is an error.")] = None,
    aux_heads: Annotated[bool, typer.Option("--aux-heads", help="Keep GoogLeNet's auxiliary heads.")] = False,
    classes: Annotated[int | None, typer.Option("--classes", help="Expected number of classes.")] = None,
    class_names: Annotated[
        Path | None,
        typer.Option("--class-names", metavar="FILE", help="Text file, one name per line, for the manifest."),
    ] = None,
    ema: Annotated[
        bool, typer.Option("--ema", help="Take the moving average of the weights that the file has beside them.")
    ] = False,
    head: Annotated[
        str | None, typer.Option("--head", metavar="KEY", help="The classifier if it was replaced, such as fc.1.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="PREFIX", help="Arrays that are no part of the network; repeatable."),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--preprocessing",
            metavar="MODE",
            help="How images were prepared for the weights: caffe, vgg, caffe128, torch or tf. Default: as published; "
            "asked where the file can't tell.",
        ),
    ] = None,
):
    """Converts weights of another framework to a Keras weights file, with a manifest beside it."""
    from inception_keras.io.class_names import read_class_names

    names = read_class_names(class_names) if class_names else None
    load_visibly()
    from inception_keras import weights

    with waiting(f"converting {file}"):
        manifest = weights.convert(
            file,
            to,
            model,
            aux_heads=aux_heads,
            classes=classes,
            class_names=names,
            ema=ema,
            head=head,
            ignore=ignore or (),
            preprocessing=mode,
        )
    described = to.with_name(to.name.removesuffix(".weights.h5") + ".json")
    console().print(
        f"{to}: {manifest['name']}, {manifest['classes']} classes, from {manifest['source']['form']}"
        f"{_about(manifest['source'])}. "
        f"Images must be prepared as {manifest['preprocessing']['mode']!r}: see {described}",
        markup=False,
        highlight=False,
    )


def _about(source: dict) -> str:
    """What the file held beside the weights that were taken."""
    words = f" ({source['place']})" if source["place"] else ""
    words += ", a moving average" if source["moving_average"] else ""
    words += f"; left out: {', '.join(source['left_out'])}" if source["left_out"] else ""
    others = source["other_weights"]
    words += f"; not taken: {', '.join(others)} (--ema takes a moving average)" if others else ""
    return "; ".join([words, *source["assumed"]])
