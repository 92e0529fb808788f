"""Commands about the zoo: `list`, `show` and `verify`."""

from pathlib import Path
from typing import Annotated

import typer

from inception_keras import zoo
from inception_keras.backend import load_backend
from inception_keras.cli.console import console, print_table
from inception_keras.errors import UserError
from inception_keras.weights.catalogue import published_files
from inception_keras.weights.published import PublishedFile

NUMBERS = ("pixels", "parameters", "trunk", "head", "multiply-adds", "activations", "MB", "top-1", "top-5")


def list_models(pattern: Annotated[str, typer.Argument(help="A shell pattern, such as 'vgg*'.")] = "*"):
    """Lists the models: costs with 1,000 classes, published accuracies in percent, and sources of ImageNet weights."""
    names = zoo.list_models(pattern)
    if not names:
        raise UserError(f"no model matches {pattern!r}: `python -m inception_keras list` shows all")
    columns = ("name", *NUMBERS, "weights", "accuracy from")
    print_table(console(), "the zoo", columns, [_entry(zoo.architecture(name)) for name in names], NUMBERS)


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `list` shows.")],
    layers: Annotated[bool, typer.Option("--layers", help="Show layers instead of stages.")] = False,
):
    """Shows the costs of one model by stage or by layer."""
    entry = zoo.architecture(name)
    load_backend()
    from inception_keras.graph.complexity import complexity
    from inception_keras.graph.stages import stages

    screen, cost = console(), complexity(entry.build())
    screen.print(f"{name}: {entry.source}", markup=False, highlight=False)
    if entry.top1 is not None:
        top5 = f", top-5 {entry.top5}%" if entry.top5 is not None else ""
        screen.print(f"published: top-1 {entry.top1}%{top5} ({entry.accuracy_source})", markup=False, highlight=False)
    for file in published_files(name):
        screen.print(_about(file), markup=False, highlight=False, soft_wrap=True)
    if layers:
        rows = [
            (row.name, row.kind, " x ".join(map(str, row.output_shape)), *_numbers(row))
            for row in cost.by_layer
            if row.params or row.macs
        ]
        print_table(screen, "by layer", ("layer", "kind", "output", *NUMBERS[1:2], *NUMBERS[4:6]), rows, NUMBERS)
    else:
        rows = [(stage.size, stage.first, stage.last, *_numbers(stage)) for stage in stages(cost)]
        print_table(screen, "by stage", ("size", "from", "to", *NUMBERS[1:2], *NUMBERS[4:6]), rows, NUMBERS)
    statistics = f" and {cost.moving_statistics:,} moving statistics" if cost.moving_statistics else ""
    screen.print(
        f"{cost.params:,} parameters{statistics} ({_megabytes(cost.params + cost.moving_statistics)} MB in float32), "
        f"{cost.macs:,} multiply-adds, {cost.activations:,} activations, {entry.input_size} pixels",
        highlight=False,
    )


def verify(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Weights file to identify.")] = None,
):
    """Compares the paper's Table 1 with the built network, row by row; or identifies the model of a weights file."""
    load_backend()
    _verify_file(file) if file else _verify_table1()


def _verify_file(file: Path):
    from inception_keras import weights

    found = weights.inspect_file(file)
    classes = "without its top" if found.classes is None else f"{found.classes:,} classes"
    options = "".join(f", {name}={value!r}" for name, value in found.options.items())
    parts = f" (with {', '.join(found.parts)})" if found.parts else ""
    console().print(f"{file} ({found.kind}): {found.name}{options}, {classes}{parts}", markup=False, highlight=False)


def _verify_table1():
    from inception_keras.graph.table1 import NOTES, compare_table1

    screen, model = console(), zoo.create_model("googlenet")
    columns = ("row", "size", "weights printed", "built", "agree", "multiply-adds printed", "built ", "agree ")
    rows = [
        (
            row.name,
            f"{row.side} x {row.side}" + ("" if row.size_agrees else f", not {row.printed_side}"),
            f"{row.printed_kilo_weights:g}K",
            f"{row.weights:,} = {row.weights / 1024:.1f}K",
            "yes" if row.weights_agree else "no",
            f"{row.printed_mega_macs}M",
            f"{row.macs:,}",
            "yes" if row.macs_agree else "no",
        )
        for row in compare_table1(model)
    ]
    print_table(screen, "Table 1 of arXiv 1409.4842 (K is 1,024) and the network that its filters make", columns, rows)
    for note in NOTES:
        screen.print(f"- {note}", markup=False, highlight=False)


def _entry(entry: zoo.Architecture) -> tuple[str, ...]:
    return (
        entry.name,
        str(entry.input_size),
        f"{entry.params:,}",
        f"{entry.params_no_top:,}",
        f"{entry.params - entry.params_no_top:,}",
        f"{entry.macs:,}",
        f"{entry.activations:,}",
        _megabytes(entry.params + entry.moving_statistics),
        f"{entry.top1:.1f}" if entry.top1 is not None else "–",
        f"{entry.top5:.1f}" if entry.top5 is not None else "–",
        ", ".join(file.source for file in published_files(entry.name)) or "–",
        entry.accuracy_source or "–",
    )


def _about(file: PublishedFile) -> str:
    """Where weights come from, under which licence, and what was measured with them."""
    facts = [f"weights={file.source!r}: {file.address}", file.size_in_words, str(file.checksum or "hash unknown")]
    facts += [f"licence: {file.licence.name} ({file.licence.text})"]
    facts += [f"top-1 {file.top1}%" if file.top1 else "", f"top-5 {file.top5}%" if file.top5 else ""]
    prepared = file.preprocessing
    facts += [f"images: {prepared.mode!r}, resized to {prepared.resize}, cropped to {prepared.crop}", prepared.note]
    return ", ".join(fact for fact in facts if fact)


def _numbers(row) -> tuple[str, str, str]:
    return f"{row.params:,}", f"{row.macs:,}", f"{row.activations:,}"


def _megabytes(params: int) -> str:
    """Size of float32 variables in 10**6 bytes."""
    return f"{4 * params / 1e6:.1f}"
