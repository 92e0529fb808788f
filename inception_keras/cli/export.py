"""The command `export`."""

from pathlib import Path
from typing import Annotated

import typer

from inception_keras.cli.console import console
from inception_keras.cli.loading import load_visibly, load_with
from inception_keras.cli.waiting import waiting
from inception_keras.errors import UserError


def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `list` shows.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="onnx, litert, saved_model or openvino.")],
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="FILE|SOURCE",
            help="A .weights.h5 file; or imagenet, or a source that `list` shows, for published weights; or random, to "
            "try out an export. Must be given.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="PATH", help="What to write. Default: NAME with the format's suffix."),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A toggle of the network; repeatable.")
    ] = None,
    classes: Annotated[
        int | None,
        typer.Option(
            "--classes", min=1, help="Number of classes. Default: as in the file, or 1,000 with random weights."
        ),
    ] = None,
    image_size: Annotated[
        int | None, typer.Option("--image-size", min=1, help="Side of the input in pixels. Default: the published one.")
    ] = None,
    fold: Annotated[
        bool,
        typer.Option("--fold", help="Fold batch normalisation first. All converters but saved_model's do so anyway."),
    ] = False,
    images: Annotated[
        Path | None,
        typer.Option(
            "--images", metavar="DIR", help="Folder of up to 256 images to compare on. Default: smooth random ones."
        ),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--preprocessing",
            metavar="MODE",
            help="How to scale images: caffe, vgg, caffe128, torch, tf, or none, which keeps 0 to 255. Default: as the "
            "manifest says, else -1 to 1, or 0 to 255 if the model scales them itself.",
        ),
    ] = None,
    limit: Annotated[float, typer.Option("--limit", help="Greatest difference of a logit that passes.")] = 1e-3,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
):
    """Exports a model to another engine; exits with 1 and keeps no file if the outputs there differ from Keras's."""
    from inception_keras.cli.settings import parse
    from inception_keras.export import formats
    from inception_keras.export.sources import check_source
    from inception_keras.export.writing import check_target
    from inception_keras.models.parts.named_weights import is_name
    from inception_keras.weights.named_sources import find_named_source

    form = formats.find_format(to)
    target = out or Path(f"{name}{form.suffix}")
    check_target(target, form, overwrite)
    check_source(name, weights)
    toggles = parse(settings or [])
    if weights is not None and is_name(weights):
        published, source = find_named_source(name, weights, mode, settings=toggles, image_size=image_size)
        if classes not in (None, source.classes):
            raise UserError(
                f"the {published.source} weights of {published.model!r} have {source.classes:,} classes; got --classes "
                f"{classes}: drop it, or train the network for these first"
            )
        load_with(published, source)
    else:
        load_visibly()
    formats.check_backend()
    from inception_keras.export import Disagreement, export_model, load_source, prepare, read_images, smooth_images
    from inception_keras.export.images import COUNT

    with waiting(f"building {name}"):
        built = load_source(name, weights, toggles, classes=classes, image_size=image_size)
    shape = tuple(built.model.input.shape[1:])
    pictures = read_images(images, shape) if images else smooth_images(COUNT, shape)
    pictures = prepare(pictures, built.model, mode or built.mode)
    try:
        with waiting(f"writing {target} and comparing {form.engine} with Keras"):
            parity = export_model(
                built.model, target, to, pictures, limit=limit, fold=fold, overwrite=overwrite, notes=built.notes
            )
    except Disagreement as difference:
        console().print(f"{difference}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    screen = console()
    screen.print(f"{target}: {name} for {form.engine}; {parity}", markup=False, highlight=False, soft_wrap=True)
    if not parity.telling:
        screen.print(
            f"warning: the logits vary by only {parity.deviation:.2g} over these images, so a limit of {limit:g} "
            "says little: use trained weights, --images, or a smaller --limit",
            style="yellow",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
