"""python -m inception_keras: list, show, verify, convert, export, predict."""

from pathlib import Path
from typing import Annotated

import typer

from inception_keras import zoo
from inception_keras.console import console, print_table, run_app
from inception_keras.errors import UserError
from inception_keras.loading import load_backend

app = typer.Typer(
    help="GoogLeNet and its relatives: what they cost, and their weights.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
NUMBERS = ("pixels", "parameters", "trunk", "head", "multiply-adds", "activations", "MB", "top-1", "top-5")


@app.command("list")
def list_models(pattern: Annotated[str, typer.Argument(help="A shell pattern, such as 'vgg*'.")] = "*"):
    """The zoo: costs with 1,000 classes, and published single-model accuracies in percent with their source."""
    names = zoo.list_models(pattern)
    if not names:
        raise UserError(f"no model matches {pattern!r}: `python -m inception_keras list` shows all")
    columns = ("name", *NUMBERS, "accuracy from")
    print_table(console(), "the zoo", columns, [_entry(zoo.architecture(name)) for name in names], NUMBERS)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `list` shows.")],
    layers: Annotated[bool, typer.Option("--layers", help="Every layer instead of stages.")] = False,
):
    """One model: its costs by stage, or by layer."""
    entry = zoo.architecture(name)
    load_backend()
    from inception_keras.complexity import complexity
    from inception_keras.stages import stages

    screen, cost = console(), complexity(entry.build())
    screen.print(f"{name}: {entry.source}", markup=False, highlight=False)
    if entry.top1 is not None:
        top5 = f", top-5 {entry.top5}%" if entry.top5 is not None else ""
        screen.print(f"published: top-1 {entry.top1}%{top5} ({entry.accuracy_source})", markup=False, highlight=False)
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


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Weights to recognise.")] = None,
):
    """The paper's Table 1 beside the built network, row by row; or which model a weights file belongs to."""
    load_backend()
    _verify_file(file) if file else _verify_table1()


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .safetensors, .pth or .caffemodel file.")],
    to: Annotated[Path, typer.Option("--to", metavar="NAME.weights.h5", help="The Keras weights file to write.")],
    model: Annotated[str | None, typer.Option("--model", help="The model that the file should be of.")] = None,
    aux_heads: Annotated[bool, typer.Option("--aux-heads", help="Keep GoogLeNet's auxiliary heads.")] = False,
    classes: Annotated[int | None, typer.Option("--classes", help="How many classes the file should have.")] = None,
    class_names: Annotated[
        Path | None, typer.Option("--class-names", metavar="FILE", help="Text, a name a line, for the manifest.")
    ] = None,
):
    """Weights of another framework as a Keras weights file, with a manifest beside it."""
    from inception_keras.class_names import read_class_names

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


@app.command()
def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `list` shows.")],
    to: Annotated[str, typer.Option("--to", metavar="onnx|litert|saved_model|openvino", help="The format.")],
    weights: Annotated[
        str | None, typer.Option("--weights", metavar="FILE", help="A .weights.h5 file; 'random' to try an export.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help="What to write; NAME with the format's suffix.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A toggle of the network; repeatable.")
    ] = None,
    classes: Annotated[int | None, typer.Option("--classes", min=1, help="With random weights; 1,000.")] = None,
    image_size: Annotated[
        int | None, typer.Option("--image-size", min=1, help="Side of the input in pixels; the published one.")
    ] = None,
    fold: Annotated[
        bool, typer.Option("--fold", help="Fold batch normalisation first; all converters but saved_model's do.")
    ] = False,
    images: Annotated[
        Path | None,
        typer.Option("--images", metavar="DIR", help="Up to 256 image files to compare on; smooth random ones."),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--preprocessing", metavar="caffe|torch|tf|none", help="Of images, where no manifest says; none: 0 to 255."
        ),
    ] = None,
    limit: Annotated[float, typer.Option("--limit", help="Greatest difference of a logit that is let through.")] = 1e-3,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
):
    """A model for another engine, kept only if it gives Keras's answers there; exits with 1 where it does not."""
    from inception_keras.export import formats
    from inception_keras.export.sources import check_source
    from inception_keras.export.writing import check_target
    from inception_keras.settings import parse

    form = formats.find_format(to)
    target = out or Path(f"{name}{form.suffix}")
    check_target(target, form, overwrite)
    check_source(name, weights)
    toggles = parse(settings or [])
    load_backend()
    formats.check_backend()
    from inception_keras.export import Disagreement, export_model, load_source, prepare, read_images, smooth_images
    from inception_keras.export.images import COUNT

    source = load_source(name, weights, toggles, classes=classes, image_size=image_size)
    shape = tuple(source.model.input.shape[1:])
    pictures = read_images(images, shape) if images else smooth_images(COUNT, shape)
    pictures = prepare(pictures, source.model, mode or source.mode)
    try:
        parity = export_model(
            source.model, target, to, pictures, limit=limit, fold=fold, overwrite=overwrite, notes=source.notes
        )
    except Disagreement as difference:
        console().print(f"{difference}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    screen = console()
    screen.print(f"{target}: {name} for {form.engine}; {parity}", markup=False, highlight=False, soft_wrap=True)
    if not parity.telling:
        screen.print(
            f"warning: the logits vary by only {parity.deviation:.2g} over these images, so that a limit of {limit:g} "
            "says little: give trained weights, --images, or a smaller --limit",
            style="yellow",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


@app.command()
def predict(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Image files of any size and kind.")],
    file: Annotated[
        Path, typer.Option("--weights", metavar="FILE", help="A .weights.h5 file, such as `convert` writes.")
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Of the zoo; a manifest beside the weights knows it."),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many classes of each image.")] = 5,
    cam: Annotated[
        Path | None, typer.Option("--cam", metavar="FILE.png", help="A sheet that shows where the evidence is.")
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--preprocessing", metavar="caffe|torch|tf|none", help="Of images, where no manifest says; none: 0 to 255."
        ),
    ] = None,
):
    """The most probable classes of images, and with --cam where the evidence is."""
    from inception_keras import prediction

    if cam and (cam.suffix.lower() != ".png" or not cam.absolute().parent.is_dir()):
        raise UserError(f"--cam takes the path of a .png file in a folder that is there; got {cam}")
    source = prediction.find_source(file, model, mode)
    pictures = source.prepare(images)  # a file that is no image is named before the seconds of the framework
    load_backend()
    network, prepared, screen = source.build(), source.normalize(pictures), console()
    found = prediction.predict(network, prepared, source, top)
    rows = [
        (str(path) if place == 0 else "", answer.name, f"{answer.probability:.2%}")
        for path, answers in zip(images, found, strict=True)
        for place, answer in enumerate(answers)
    ]
    print_table(screen, f"{source.path}: {source.model}", ("image", "class", "probability"), rows, ("probability",))
    if source.class_names is None:
        screen.print(
            "the weights carry no class names, so classes are numbers, from 0: `convert --class-names FILE` adds them",
            markup=False,
            highlight=False,
        )
    if cam:
        _write_cam(cam, network, prepared, pictures, images, [answers[0] for answers in found])
        screen.print(f"sheet: {cam}", markup=False, highlight=False, soft_wrap=True)


def _write_cam(path: Path, network, prepared, pictures, files: list[Path], best: list):
    from inception_keras.cam import class_activation_map, grad_cam, has_exact_map
    from inception_keras.sheet import Column, draw_sheet

    explain, name = (class_activation_map, "class activation map") if has_exact_map(network) else (grad_cam, "Grad-CAM")
    maps = explain(network, prepared, [answer.class_index for answer in best])
    column = Column(name, maps, [f"{answer.name}, {answer.probability:.0%}" for answer in best])
    note = "Bright: evidence for the class above the picture. Each has a scale of its own."
    sheet = draw_sheet(pictures, [file.name for file in files], [column], note)
    try:
        path.write_bytes(sheet)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None


def _verify_file(file: Path):
    from inception_keras import weights

    found = weights.inspect_file(file)
    classes = "without its top" if found.classes is None else f"{found.classes:,} classes"
    options = "".join(f", {name}={value!r}" for name, value in found.options.items())
    parts = f" (with {', '.join(found.parts)})" if found.parts else ""
    console().print(f"{file} ({found.kind}): {found.name}{options}, {classes}{parts}", markup=False, highlight=False)


def _verify_table1():
    from inception_keras.table1 import NOTES, compare

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
        for row in compare(model)
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
        entry.accuracy_source or "–",
    )


def _numbers(row) -> tuple[str, str, str]:
    return f"{row.params:,}", f"{row.macs:,}", f"{row.activations:,}"


def _megabytes(params: int) -> str:
    """Of float32 variables, in 10**6 bytes."""
    return f"{4 * params / 1e6:.1f}"


def main():
    """The console script."""
    run_app(app)


if __name__ == "__main__":
    main()
