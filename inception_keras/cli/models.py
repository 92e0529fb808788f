"""Commands about the zoo: `list`, `show` and `verify`."""

import fnmatch
from pathlib import Path
from typing import Annotated

import typer

from inception_keras import zoo
from inception_keras.cli.console import console, print_lines, print_table, say
from inception_keras.cli.layout import short_count, wrap
from inception_keras.cli.loading import load_visibly
from inception_keras.cli.waiting import waiting
from inception_keras.errors import UserError, suggestion
from inception_keras.weights.catalogue import published_files
from inception_keras.weights.published import PublishedFile

NUMBERS = ("pixels", "parameters", "trunk", "head", "multiply-adds", "activations", "MB", "top-1", "top-5")
SHORT = ("name", "pixels", "parameters", "head", "multiply-adds", "top-1", "top-5", "weights")
OPTIONAL = ("weights", "top-5", "head")  # a narrow terminal goes without, the last of them first
COSTS = ("parameters", "multiply-adds", "activations")

Full = Annotated[bool, typer.Option("--full", help="Show exact numbers, and every column.")]


def list_models(
    pattern: Annotated[str, typer.Argument(help="Part of a name, or a shell pattern such as 'vgg1?'.")] = "*",
    full: Full = False,
):
    """Lists the models: costs with 1,000 classes, published accuracies in percent, and sources of ImageNet weights."""
    names = matching(pattern)
    if not names:
        raise _no_match(pattern)
    entries = [zoo.architecture(name) for name in names]
    columns = ("name", *NUMBERS, "weights", "accuracy from") if full else SHORT
    rows = [[_cell(entry, name, full) for name in columns] for entry in entries]
    print_table(console(), "", columns, rows, NUMBERS, () if full else OPTIONAL)
    if not full:
        say(
            console(),
            "M is a million, G a thousand millions; --full has exact numbers and all sources",
        )


def matching(pattern: str) -> list[str]:
    """The models whose name has `pattern` in it, or matches it if it is a shell pattern.

    Where none does, case and `_` make no difference.

    >>> matching("lrn"), matching("vgg1?"), matching("MobileNetV2")
    (['vgg11_lrn'], ['vgg11', 'vgg13', 'vgg16', 'vgg19'], ['mobilenet_v2'])
    """
    shell = pattern if set(pattern) & set("*?[") else f"*{pattern}*"
    plain = shell.casefold().replace("_", "")  # `-` stands in ranges such as [1-3]
    return zoo.list_models(shell) or [
        name for name in zoo.list_models() if fnmatch.fnmatchcase(name.replace("_", ""), plain)
    ]


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `list` shows.")],
    layers: Annotated[bool, typer.Option("--layers", help="Show layers instead of stages.")] = False,
    full: Full = False,
):
    """Shows the costs of one model by stage or by layer."""
    entry = zoo.architecture(name)
    from inception_keras.counts import count
    from inception_keras.graph.stages import stages

    with waiting(f"building {name}"):
        cost = count(name)
    say(console(), f"{name}: {entry.source}")
    if entry.top1 is not None:
        top5 = f", top-5 {entry.top5}%" if entry.top5 is not None else ""
        say(console(), f"published: top-1 {entry.top1}%{top5} ({entry.accuracy_source})")
    for file in published_files(name):
        say(console(), _about(file))
    if layers:
        rows = [
            (row.name, row.kind, " x ".join(map(str, row.output_shape)), *_costs(row, full))
            for row in cost.by_layer
            if row.params or row.macs
        ]
        columns = ("layer", "kind", "output", *COSTS)
        print_table(console(), "by layer", columns, rows, NUMBERS, optional=("kind", "activations", "output"))
    else:
        rows = [(stage.size, _from_to(stage.first, stage.last), *_costs(stage, full)) for stage in stages(cost)]
        print_table(console(), "by stage", ("size", "layers", *COSTS), rows, NUMBERS, optional=("activations",))
    statistics = f" and {cost.moving_statistics:,} moving statistics" if cost.moving_statistics else ""
    say(
        console(),
        f"{cost.params:,} parameters{statistics} ({_megabytes(cost.params + cost.moving_statistics)} MB in float32), "
        f"{cost.macs:,} multiply-adds, {cost.activations:,} activations, {entry.input_size} pixels",
    )


def verify(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Weights file to identify.")] = None,
):
    """Compares the paper's Table 1 with the built network, row by row; or identifies the model of a weights file."""
    _verify_file(file) if file else _verify_table1()


def _verify_file(file: Path):
    load_visibly()
    from inception_keras import weights

    with waiting(f"reading {file}"):
        found = weights.inspect_file(file)
    classes = "without its top" if found.classes is None else f"{found.classes:,} classes"
    options = "".join(f", {name}={value!r}" for name, value in found.options.items())
    parts = f" (with {', '.join(found.parts)})" if found.parts else ""
    say(console(), f"{file} ({found.kind}): {found.name}{options}, {classes}{parts}")


def _verify_table1():
    from inception_keras.counts import count_table1
    from inception_keras.graph.table1 import NOTES

    with waiting("building GoogLeNet"):
        rows = count_table1()
    screen = console()
    agree = sum(row.weights_agree and row.macs_agree for row in rows)
    say(
        console(),
        f"GoogLeNet is built from the filters in Table 1 of arXiv 1409.4842. In {agree} of its {len(rows)} rows the "
        "printed parameters and multiply-adds are those of these filters. In the others the table contradicts itself:",
    )
    for note in NOTES:
        first, *others = wrap(note, screen.width - 2)
        print_lines(screen, [f"- {first}", *(f"  {line}" for line in others)])
    screen.print()
    columns = ("row", "output", "weights, paper", "built", "multiply-adds, paper", "built ", "differs in")
    cells = [
        (
            row.name,
            f"{row.side} x {row.side}" + ("" if row.size_agrees else f", not {row.printed_side}"),
            f"{row.printed_kilo_weights:g}K",
            f"{row.weights / 1024:.1f}K",
            f"{row.printed_mega_macs}M",
            f"{row.macs / 1e6:.1f}M",
            _differing(row),
        )
        for row in rows
    ]
    print_table(screen, "Weights without biases; K is 1,024, M a million", columns, cells, columns[2:6])


def _differing(row) -> str:
    """What the paper prints otherwise than its filters say."""
    agrees = {"weights": row.weights_agree, "multiply-adds": row.macs_agree}
    differing = [name for name, is_same in agrees.items() if not is_same]
    return "both" if len(differing) == len(agrees) else "".join(differing)


def _no_match(pattern: str) -> UserError:
    hint = suggestion(pattern.strip("*?"), zoo.list_models())
    return UserError(f"no model matches {pattern!r}: {hint}`python -m inception_keras list` shows all")


def _cell(entry: zoo.Architecture, column: str, full: bool) -> str:
    """What a column says of a model."""
    count = "{:,}".format if full else short_count
    match column:
        case "name":
            return entry.name
        case "pixels":
            return str(entry.input_size)
        case "parameters":
            return count(entry.params)
        case "trunk":
            return count(entry.params_no_top)
        case "head":
            return count(entry.params - entry.params_no_top)
        case "multiply-adds":
            return count(entry.macs)
        case "activations":
            return count(entry.activations)
        case "MB":
            return _megabytes(entry.params + entry.moving_statistics)
        case "weights":
            return _sources(entry.name, full)
        case "accuracy from":
            return entry.accuracy_source or "–"
    accuracy = entry.top1 if column == "top-1" else entry.top5
    return "–" if accuracy is None else f"{accuracy:.1f}"


def _sources(name: str, full: bool) -> str:
    """Where weights come from, the source that `weights="imagenet"` means first; in short the number of the others."""
    sources = [file.source for file in published_files(name)]
    if full or len(sources) < 2:
        return ", ".join(sources) or "–"
    return f"{sources[0]} +{len(sources) - 1}"


def _about(file: PublishedFile) -> str:
    """Where weights come from, under which licence, and what was measured with them."""
    facts = [f"weights={file.source!r}: {file.address}", file.size_in_words, str(file.checksum or "hash unknown")]
    facts += [f"licence: {file.licence.name} ({file.licence.text})"]
    facts += [f"top-1 {file.top1}%" if file.top1 else "", f"top-5 {file.top5}%" if file.top5 else ""]
    prepared = file.preprocessing
    facts += [f"images: {prepared.mode!r}, resized to {prepared.resize}, cropped to {prepared.crop}", prepared.note]
    return ", ".join(fact for fact in facts if fact)


def _from_to(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _costs(row, full: bool) -> list[str]:
    return [f"{count:,}" if full else short_count(count) for count in (row.params, row.macs, row.activations)]


def _megabytes(params: int) -> str:
    """Size of float32 variables in 10**6 bytes."""
    return f"{4 * params / 1e6:.1f}"
