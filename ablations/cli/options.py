"""Which precision a machine is fast in: `--precision auto`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from ablations import studies
from ablations.environment import fastest_precision
from ablations.study import Study
from inception_keras.cli.console import console
from inception_keras.errors import unknown

CHOICES = ("auto", "float32", "bfloat16")


def with_precision(study: Study, precision: str | None) -> Study:
    """The study in a precision; `None` leaves its own. What the study becomes is in every record and address.

    Raises:
        UserError: The precision is unknown.
    """
    if precision is None:
        return study
    if precision not in CHOICES:
        raise unknown("--precision", precision, CHOICES)
    fast = fastest_precision() if precision == "auto" else precision
    return replace(study, recipe=replace(study.recipe, precision=fast))


AUTO = "auto"


class ValuesOptional(TyperCommand):
    """Takes `--ray` and `--tensorboard` without a value, which Typer has no way to say."""

    def parse_args(self, ctx, args):
        for place in reversed([place for place, word in enumerate(args) if word in ("--ray", "--tensorboard")]):
            if place + 1 == len(args) or args[place + 1].startswith("-"):
                args.insert(place + 1, AUTO)
        return super().parse_args(ctx, args)


StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A name that `list` shows, or the path of a .py file.")]
Reduced = Annotated[bool, typer.Option("--reduced", help="The study's small size for continuous integration.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Results go to DIR/STUDY.")]
DataDir = Annotated[
    str | None, typer.Option("--data-dir", metavar="DIR", help="Where TFDS keeps prepared sets (or TFDS_DATA_DIR).")
]
Seeds = Annotated[int | None, typer.Option("--seeds", metavar="N", help="Trials of each variant.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting of recipe, network or data; repeatable."),
]
Distribute = Annotated[
    str,
    typer.Option(
        "--distribute", metavar="none|data", help="data: each batch of a trial is split over all devices (GPUs, TPU)."
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(
        "--precision", metavar="auto|float32|bfloat16", help="Instead of the study's; auto: what is fast here."
    ),
]
RESULTS = Path("results")


def chosen_study(
    name: str, reduced: bool, seeds: int | None, settings: list[str] | None, precision: str | None = None
) -> Study:
    from ablations.cli.options import with_precision, with_seeds
    from inception_keras.cli.settings import parse

    study = studies.load(name)
    if reduced:
        study = study.reduce()
    if settings:
        study = study.change(parse(settings))
    return with_seeds(with_precision(study, precision), seeds)


def typed_words(name: str, reduced: bool, settings: list[str] | None, precision: str | None) -> list[str]:
    """How a person names the study with what `_study` was given, seeds aside."""
    words = [name, *(["--reduced"] if reduced else []), *(f"--set {setting}" for setting in settings or [])]
    return words + ([f"--precision {precision}"] if precision else [])


def show_page(page: Path, opened: bool):
    """Says where a page is, and opens it where that is asked for and there is a browser."""
    import webbrowser

    there = not opened or webbrowser.open(page.resolve().as_uri())
    hint = "" if there else " (there is no browser here: open it in one)"
    console().print(f"page: {page}{hint}", markup=False, highlight=False, soft_wrap=True)


def with_seeds(study: Study, seeds: int | None) -> Study:
    """The study with its first `seeds` seeds; `None` leaves them as declared."""
    return study if seeds is None else replace(study, seeds=seeds)
