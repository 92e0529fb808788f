"""python -m ablations: list, plan, run, status, report, parameters."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ablations import studies
from ablations.study import Study
from inception_keras.console import console, load_backend, run_app
from inception_keras.errors import UserError

app = typer.Typer(
    help="Trains the variants of a study and tells what each idea is worth.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

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
RESULTS = Path("results")


@app.command("list")
def list_studies():
    """The studies, with what each asks."""
    screen = console()
    for name in studies.names():
        screen.print(f"[bold]{name:12}[/bold] {studies.load(name).question}", highlight=False)


@app.command()
def plan(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    lock: Annotated[
        bool, typer.Option("--lock", help="Fix hypothesis, comparisons and seeds before the run, in DIR/STUDY/locks.")
    ] = False,
):
    """What a run would train, and what each variant costs; nothing is trained."""
    from ablations import execution, locks, provenance, views

    chosen, screen = _study(study, reduced, seeds, settings), console()
    data, costs = execution.prepare(chosen, data_dir)
    views.print_plan(screen, chosen, data, costs, out)
    if lock:
        path = locks.write(chosen, out / chosen.name, provenance.commit())
        screen.print(f"locked: {path}", highlight=False, soft_wrap=True)


@app.command()
def run(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
):
    """Trains what is missing and prints the table; exits with 1 when a guard of the study breaks."""
    from ablations import execution, tables, views
    from ablations.progress import ConsoleReporter
    from ablations.records import Store

    chosen, screen = _study(study, reduced, seeds, settings), console()

    records = execution.run(chosen, out, data_dir, partial(ConsoleReporter, console=screen))
    written = tables.write_tables(Store(out / chosen.name), chosen.name, chosen.question)
    views.print_summary(screen, chosen, records)
    screen.print(f"tables: {', '.join(map(str, written))}", highlight=False, soft_wrap=True)
    broken = execution.broken_guards(chosen, records)
    for sentence in broken:
        screen.print(f"guard broken: {sentence}", style="red", markup=False, highlight=False)
    failed = any(record["status"] == "failed" for record in records)
    raise typer.Exit(1 if broken or failed else 0)


@app.command()
def status(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    seeds: Seeds = None,
    settings: Settings = None,
):
    """Which trials are done, and which are missing."""
    from ablations import views

    chosen = _study(study, reduced, seeds, settings)
    load_backend()
    views.print_status(console(), chosen, out)


@app.command()
def report(study: StudyName, out: Out = RESULTS):
    """Makes the tables of a study again from its records, and prints them."""
    from ablations import tables, views
    from ablations.records import Store

    chosen, screen = studies.load(study), console()
    store = Store(out / chosen.name)
    records = store.load()
    if not records:
        raise UserError(f"{store.folder} holds no records: run `python -m ablations run {study}` first")
    tables.write_tables(store, chosen.name, chosen.question)
    for group in tables.experiments(records):
        views.print_summary(screen, chosen, group)


@app.command()
def parameters(out: Out = RESULTS):
    """Where the parameters of every model are, and what fully connected layers weigh; the tables of both."""
    load_backend()
    from ablations import fully_connected
    from ablations import parameters as counts

    for page in (counts.write(out), fully_connected.write(out)):
        console().print(page, markup=False, highlight=False, soft_wrap=True)


def _study(name: str, reduced: bool, seeds: int | None, settings: list[str] | None) -> Study:
    from ablations.execution import with_seeds
    from ablations.settings import parse

    study = studies.load(name)
    if reduced:
        study = study.reduce()
    if settings:
        study = study.change(parse(settings))
    return with_seeds(study, seeds)


def main():
    """The console script."""
    run_app(app, interrupted="stopped; what is done stays, and the same command goes on with the rest")


if __name__ == "__main__":
    main()
