"""The command `predict`."""

from pathlib import Path
from typing import Annotated

import typer

from inception_keras.cli.console import console, print_table
from inception_keras.cli.loading import load_with
from inception_keras.cli.waiting import waiting
from inception_keras.errors import UserError
from inception_keras.io.writing import write_atomically, written_or_refused
from inception_keras.weights.named_sources import find_any_source


def predict(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Image files of any size and format.")],
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="FILE|SOURCE",
            help="A .weights.h5 file, such as `convert` writes; or whose published weights: `list` shows the sources. "
            "Default: the first source.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Name in the zoo. Default: as the manifest says."),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Classes to show per image.")] = 5,
    cam: Annotated[
        Path | None,
        typer.Option("--cam", metavar="FILE.png", help="Also write a sheet that shows where the evidence is."),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--preprocessing",
            metavar="MODE",
            help="How to scale images: caffe, vgg, caffe128, torch, tf, or none, which keeps 0 to 255. Default: as the "
            "manifest says.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A toggle of the network; repeatable.")
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option("--image-size", min=1, help="Side of the input in pixels. Default: as the manifest says."),
    ] = None,
):
    """Shows the most probable classes of images, and with --cam where the evidence is.

    With --model and without --weights, published weights are fetched on first use.
    """
    from inception_keras.cli import prediction
    from inception_keras.cli.settings import parse

    if cam and (cam.suffix.lower() != ".png" or not cam.absolute().parent.is_dir()):
        raise UserError(f"--cam takes the path of a .png file in an existing folder; got {cam}")
    if cam and cam.exists() and any(image.exists() and cam.samefile(image) for image in images):
        raise UserError(f"--cam {cam} would replace one of the images: give the sheet another name")
    toggles = parse(settings or [])
    published, source = find_any_source(weights, model, mode, settings=toggles, image_size=image_size)
    pictures = source.prepare(images)  # reports a bad image before the framework takes seconds to load
    load_with(published, source)
    with waiting(f"predicting with {source.model}"):
        network, prepared = source.build(), source.normalize(pictures)
        found = prediction.predict_classes(network, prepared, source, top)
    screen = console()
    rows = [
        (str(path) if place == 0 else "", answer.name, f"{answer.probability:.2%}")
        for path, answers in zip(images, found, strict=True)
        for place, answer in enumerate(answers)
    ]
    print_table(screen, f"{source.path}: {source.model}", ("image", "class", "probability"), rows, ("probability",))
    if source.class_names is None:
        screen.print(
            "the weights have no class names, so classes are numbers from 0: `convert --class-names FILE` adds them",
            markup=False,
            highlight=False,
        )
    if cam:
        with waiting("drawing where the evidence is"):
            _write_cam(cam, network, prepared, pictures, images, [answers[0] for answers in found])
        screen.print(f"sheet: {cam}", markup=False, highlight=False, soft_wrap=True)


def _write_cam(path: Path, network, prepared, pictures, files: list[Path], best: list):
    from inception_keras.explain.cam import class_activation_map, grad_cam, has_exact_map
    from inception_keras.explain.sheet import Column, draw_sheet

    explain, name = (class_activation_map, "class activation map") if has_exact_map(network) else (grad_cam, "Grad-CAM")
    maps = explain(network, prepared, [answer.class_index for answer in best])
    column = Column(name, maps, [f"{answer.name}, {answer.probability:.0%}" for answer in best])
    note = "Bright: evidence for the class above the picture. Each picture has its own scale."
    sheet = draw_sheet(pictures, [file.name for file in files], [column], note)
    with written_or_refused(path):
        write_atomically(path, sheet)
