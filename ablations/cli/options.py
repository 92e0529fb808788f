"""The options that several commands share, each declared once, and the study that they choose."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from typer.models import OptionInfo

from ablations import studies
from ablations.environment import fastest_precision, has_other_accelerator
from ablations.files import check_folder
from ablations.study import Study
from ablations.study.changes import settings_of
from inception_keras.cli.commands import Command
from inception_keras.cli.console import console
from inception_keras.cli.settings import parse
from inception_keras.errors import UserError, unknown

RESULTS = Path("results")
PRECISIONS = ("auto", "float32", "bfloat16")
AUTO = "auto"
OPTIONS = ("seeds", "out", "data_dir", "jobs", "ray", "rung", "limit", "budget", "distribute")  # which take a value


class ValuesOptional(Command):
    """Makes the values of `--ray` and `--tensorboard` optional, which Typer cannot declare."""

    def parse_args(self, ctx, args):
        for place in reversed([place for place, word in enumerate(args) if word in ("--ray", "--tensorboard")]):
            if place + 1 == len(args) or args[place + 1].startswith("-"):
                args.insert(place + 1, AUTO)
        return super().parse_args(ctx, args)


def _checked(out: Path) -> Path:
    check_folder(out)
    return out


def folder_option(help: str) -> OptionInfo:
    """The option `--out` of a command, which says what it does there."""
    return typer.Option("--out", metavar="DIR", callback=_checked, help=help)


StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A name that `list` shows, or the path of a .py file.")]
Reduced = Annotated[bool, typer.Option("--reduced", help="Take the small profile, for continuous integration.")]
Out = Annotated[Path, folder_option("Keep results in DIR/STUDY.")]
Read = Annotated[Path, folder_option("Folder of results: reads DIR/STUDY.")]
ReadAndWritten = Annotated[Path, folder_option("Folder of results: reads DIR/STUDY, and writes there.")]
DataDir = Annotated[
    str | None,
    typer.Option("--data-dir", metavar="DIR", help="Folder of prepared TFDS data sets. Default: TFDS_DATA_DIR."),
]
Seeds = Annotated[int | None, typer.Option("--seeds", metavar="N", help="Trials per variant.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of recipe, network or data; repeatable."),
]
Distribute = Annotated[
    str,
    typer.Option("--distribute", metavar="none|data", help="data: split each batch over all devices (GPUs, TPU)."),
]
Precision = Annotated[
    str | None,
    typer.Option(
        "--precision",
        metavar="auto|float32|bfloat16",
        help="Replace the study's precision; auto: the fastest on this machine.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Trials in parallel. Default: one per core, 1 on a GPU; on Ray one per GPU, or per node without GPUs. "
        "0: in this process.",
    ),
]
JobsHere = Annotated[
    int | None,
    typer.Option(
        "--jobs", min=0, metavar="N", help="Trials in parallel. Default: one per core, 1 on a GPU. 0: in this process."
    ),
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray", metavar="[ADDRESS]", help="Train on a Ray cluster; without ADDRESS on the one that runs here."
    ),
]
Full = Annotated[bool, typer.Option("--full", help="Show every column, with exact numbers.")]
Summary = Annotated[
    Path | None,
    typer.Option(
        "--summary", metavar="FILE", help="Also append the page as Markdown, as to $GITHUB_STEP_SUMMARY in a workflow."
    ),
]
JUnit = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Also write the checks as JUnit XML, for CI.")
]
Limit = Annotated[float | None, typer.Option(min=0.01, metavar="MINUTES", help="End a trial that takes longer.")]
Budget = Annotated[
    float | None,
    typer.Option(min=0.01, metavar="MINUTES", help="Stop after this time; the same command goes on."),
]

Rung = Annotated[
    int | None, typer.Option("--rung", metavar="EPOCHS", help="Train this rung alone, of a study that has several.")
]


def chosen_study(
    name: str, out: Path, reduced: bool, seeds: int | None, settings: list[str] | None, precision: str | None = None
) -> Study:
    """The study that a command line names, with the changes that its options make, and tuned as the results say.

    Raises:
        UserError: There is no such study, or an option does not fit it.
    """
    study = studies.load(name)
    if reduced:
        study = study.reduce()
    if settings:
        changed = parse(settings)
        _check_no_options(changed, study)
        study = study.change(changed)
    study = with_precision(study, precision)
    study = study if seeds is None else study.with_seeds(seeds)
    if study.tuning is None:
        return study
    from ablations.records.tuning import tuned  # loads NumPy, which would slow `--help`

    return tuned(study, out / study.name)


def _check_no_options(settings: Mapping[str, object], study: Study):
    """Raises a UserError if `--set` gives what is an option of its own, and no toggle of a user's network."""
    for name, value in settings.items():
        if name in OPTIONS and name not in settings_of(study):
            option = f"--{name.replace('_', '-')}"
            raise UserError(f"--set {name}={value}: {name} is no setting but an option: type {option} {value}")


def results_folder(typed: str, study: Study, out: Path) -> Path:
    """DIR/STUDY, the folder of the results of the study that `typed` names.

    Raises:
        UserError: It is a study file with the name of a study of the bench, whose results are in that folder.
    """
    folder = out / study.name
    if typed.endswith(".py") and study.name in studies.names() and folder.is_dir():
        other = studies.load(study.name)
        if studies.load(typed) != other and _has_results(folder, other):
            raise UserError(
                f"{typed} is called {study.name!r} like a study of the bench, whose results are in {folder}: change "
                "name= in the file, or set another --out"
            )
    return folder


def _has_results(folder: Path, study: Study) -> bool:
    from ablations.records import locks  # loads NumPy, which would slow `--help`
    from ablations.records.declared import Declaration
    from ablations.records.store import Store

    declared = Declaration(study, folder)
    return any(declared.standing(record).belongs for record in Store(folder).load()) or bool(
        locks.lock_of_study(folder, study)
    )


def with_precision(study: Study, precision: str | None) -> Study:
    """The study in a precision; `None` keeps its own. Records and addresses hold the precision that `auto` chose.

    Raises:
        UserError: The precision is unknown.
    """
    if precision is None:
        return study
    if precision not in PRECISIONS:
        raise unknown("--precision", precision, PRECISIONS)
    fast = fastest_precision() if precision == "auto" else precision
    return replace(study, recipe=replace(study.recipe, precision=fast))


def slow_precision(study: Study, may_change: bool = True) -> str | None:
    """Why a run of the study takes longer here than it must; `None` if its precision is as fast as another.

    Without AVX-512 a step in bfloat16 takes 13 times as long as in float32 (TensorFlow 2.21, small GoogLeNet).

    Args:
        study: The study.
        may_change: Whether the command has `--precision`.
    """
    if all(study.recipe_of(arm).precision == "float32" for arm in study.arms):
        return None
    if has_other_accelerator() or fastest_precision() == "bfloat16":
        return None
    slow = f"{study.name} trains in bfloat16, which this machine can't multiply"
    if may_change:
        return f"{slow}: `--precision float32` is faster here, up to 13 times, and makes trials of its own"
    return f"{slow}: it takes up to 13 times as long as float32, whose trials can't be compared with these"


def typed_words(name: str, reduced: bool, settings: list[str] | None, precision: str | None) -> list[str]:
    """The study as typed on the command line: its name and the options that change it, without the seeds."""
    words = [name, *(["--reduced"] if reduced else []), *(f"--set {setting}" for setting in settings or [])]
    return words + ([f"--precision {precision}"] if precision else [])


def check_rung(study: Study, rung: int | None):
    """Raises a UserError if a study has no rung of so many epochs."""
    if rung is not None and rung not in study.budgets:
        raise unknown("--rung", rung, study.budgets)


def place_options(out: Path, data_dir: str | None) -> list[str]:
    """`--out DIR` and `--data-dir DIR` as typed, without what is the default."""
    return [*filter(None, (out_option(out), "" if data_dir is None else f"--data-dir {data_dir}"))]


def out_option(out: Path) -> str:
    """`--out DIR` as typed; empty for the default."""
    return "" if out == RESULTS else f"--out {out}"


def show_page(page: Path, opened: bool):
    """Prints where a page is, and opens it in a browser if asked to and if there is one."""
    import webbrowser

    there = not opened or webbrowser.open(page.resolve().as_uri())
    hint = "" if there else " (no browser found: open the page yourself)"
    console().print(f"page: {page}{hint}", markup=False, highlight=False, soft_wrap=True)
