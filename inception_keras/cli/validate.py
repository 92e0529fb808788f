"""The command `validate`."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from inception_keras import zoo
from inception_keras.cli.console import console, print_table, say
from inception_keras.cli.loading import load_with
from inception_keras.cli.waiting import waiting
from inception_keras.errors import UserError, unknown
from inception_keras.io.labelled_images import open_folder, open_tfds
from inception_keras.io.pictures import METHODS, shorter_side
from inception_keras.weights.accuracy import Tally, class_numbers, measure, wilson
from inception_keras.weights.named_sources import find_any_source
from inception_keras.weights.progress import IMAGES, shown_progress
from inception_keras.weights.published import PublishedFile
from inception_keras.weights.sources import Source, resized

ILSVRC = 50_000  # images of its validation set, on which accuracies are published


def validate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `list` shows.")],
    data_dir: Annotated[
        Path,
        typer.Option(
            "--data-dir", metavar="DIR", help="Folder with one folder of images per class, or of TFDS's sets."
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="NAME", help="A set that TFDS prepared in DIR, such as imagenet2012."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split", metavar="SPLIT", help="Part of the set. Default: validation; of a folder without it, all."
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="FILE|SOURCE",
            help="A .weights.h5 file, or a source that `list` shows. Default: its first.",
        ),
    ] = None,
    resize: Annotated[
        str | None,
        typer.Option(
            "--resize", metavar="N|HxW", help="Pixels of the shorter side, or of both. Default: as published."
        ),
    ] = None,
    crop: Annotated[
        int | None, typer.Option("--crop", min=1, help="Pixels of the centre crop. Default: as published.")
    ] = None,
    interpolation: Annotated[
        str | None,
        typer.Option(
            "--interpolation", metavar="METHOD", help=f"How to resize: {', '.join(METHODS)}. Default: as published."
        ),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--preprocessing",
            metavar="MODE",
            help="How to scale: caffe, vgg, caffe128, torch, tf or none. Default: as published.",
        ),
    ] = None,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Images per step.")] = 64,
):
    """Measures top-1 and top-5 accuracy on images, beside the published numbers.

    Run again, it goes on where it was interrupted.
    """
    model = zoo.architecture(name).name
    published, source = find_any_source(weights, model, mode)
    source = _prepared_as(source, resize, crop, interpolation)
    images = open_tfds(data, data_dir, split) if data else open_folder(data_dir, split)
    classes = len(set(class_numbers(images.class_names, source).tolist()))
    load_with(published, source)
    with waiting(f"building {model}"):
        network = source.build()
    with shown_progress(images.title, IMAGES) as (progress, _):
        tally = measure(network, source, images, batch=batch, progress=progress)
    screen, title = console(), f"{source.path.name} on {images.title}: {tally.seen:,} images of {classes:,} classes"
    columns = ("accuracy", "here", "95% interval", "published")
    print_table(screen, title, columns, _rows(published, tally), columns[1:])
    for sentence in (_about(source), _verdict(published, tally, classes)):
        say(screen, sentence)


def _prepared_as(source: Source, resize: str | None, crop: int | None, interpolation: str | None) -> Source:
    if interpolation is not None and interpolation not in METHODS:
        raise unknown("interpolation", interpolation, METHODS)
    chosen = replace(source, interpolation=interpolation or source.interpolation, crop=crop or source.crop)
    if resize is None:
        return _fitting(chosen, source)
    sides = re.fullmatch(r"([1-9]\d*)(?:x([1-9]\d*))?", resize)
    if sides is None:
        raise UserError(
            f"--resize takes pixels of the shorter side, such as 256, or of both, such as 256x256; got {resize!r}"
        )
    height, width = sides.groups()
    return _fitting(replace(chosen, resize=int(height) if width is None else (int(height), int(width))), source)


def _fitting(chosen: Source, published: Source) -> Source:
    """`chosen`, after a check that its crop is not larger than what it is cut from."""
    side = shorter_side(chosen.resize)
    if chosen.crop > side:
        kept = _sides(resized(published, chosen.crop).resize)
        raise UserError(
            f"a crop of {chosen.crop} pixels does not fit into images resized to {_sides(chosen.resize)}: give "
            f"--resize {kept}, which keeps the published part of the image, or --crop {side} or less"
        )
    return chosen


def _sides(resize: int | tuple[int, int]) -> str:
    return str(resize) if isinstance(resize, int) else "x".join(map(str, resize))


def _rows(published: PublishedFile | None, tally: Tally) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, right, theirs in (
        ("top-1", tally.top1, published and published.top1),
        ("top-5", tally.top5, published and published.top5),
    ):
        low, high = wilson(right, tally.seen)
        interval = f"{low:.2%} to {high:.2%}"
        rows.append((name, f"{right / tally.seen:.2%}", interval, f"{theirs}%" if theirs else "–"))
    return rows


def _about(source: Source) -> str:
    return (
        f"images: resized to {_sides(source.resize)} ({source.interpolation}), cropped to {source.crop}, "
        f"scaled as {source.mode!r}"
    )


def _verdict(published: PublishedFile | None, tally: Tally, classes: int) -> str:
    if published is None or published.top1 is None:
        return "no accuracy is published for these weights"
    if (classes, tally.seen) != (published.classes, ILSVRC):
        return (
            f"the published accuracy is of ILSVRC-2012's validation set, {ILSVRC:,} images of {published.classes:,} "
            "classes, so it can't be compared with these"
        )
    low, high = wilson(tally.top1, tally.seen)
    if low <= published.top1 / 100 <= high:
        return f"top-1 agrees with the published one ({published.accuracy_source}), which is within the interval"
    return (
        f"top-1 does not agree with the published one ({published.accuracy_source}), which is outside the interval: "
        "most often images are prepared otherwise, so try --resize, --crop, --interpolation and --preprocessing"
    )
