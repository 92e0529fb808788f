"""python -m ablations: list, plan, run, status, report, claims, parameters, simulate."""

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
    probe: Annotated[bool, typer.Option(help="Time a few steps of each variant, to tell the hours.")] = True,
):
    """What a run would train, what it costs, and what it could show; nothing is trained."""
    from ablations import execution, locks, provenance, views

    chosen, screen = _study(study, reduced, seeds, settings), console()
    if lock:
        locks.check(chosen, out / chosen.name)
    data, costs = execution.prepare(chosen, data_dir)
    paces = execution.probe(chosen, data) if probe else None
    views.print_plan(screen, chosen, data, costs, out, paces)
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
    from ablations import execution
    from ablations.progress import ConsoleReporter
    from ablations.records import Store

    chosen, screen = _study(study, reduced, seeds, settings), console()
    store = Store(out / chosen.name)

    def reporter(missing: int, finished: int) -> ConsoleReporter:
        from ablations import forecast  # SciPy's seconds belong after the quick answers about the data

        if doubt := forecast.doubt(chosen, store):
            screen.print(f"warning: {doubt}", style="yellow", markup=False, highlight=False)
        return ConsoleReporter(missing, finished, console=screen)

    records = execution.run(chosen, out, data_dir, reporter)
    from ablations import publish, views

    written = publish.publish(store, chosen)
    views.print_summary(screen, store, chosen)
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
    """Makes the tables and figures of a study again from its records, and prints the tables."""
    from ablations import publish, views
    from ablations.records import Store

    chosen = studies.load(study)
    store = Store(out / chosen.name)
    if not store.load():
        raise UserError(f"{store.folder} holds no records: run `python -m ablations run {study}` first")
    publish.publish(store, chosen)
    views.print_summary(console(), store, chosen)


@app.command()
def claims(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="All that come with the bench.")
    ] = None,
    reduced: Reduced = False,
    out: Out = RESULTS,
):
    """The ledger: every claim, the measured difference with its interval, and the verdict; from the records alone."""
    from ablations import ledger, views

    chosen = [studies.load(name) for name in names or studies.names()]
    if names and any(study.claim is None for study in chosen):
        raise UserError(f"{', '.join(s.name for s in chosen if s.claim is None)}: the study states no claim")
    found = ledger.ledger([study.reduce() if reduced else study for study in chosen], out)
    views.print_ledger(console(), found)
    if not names and not reduced:
        ledger.write(found, out)


@app.command()
def parameters(out: Out = RESULTS):
    """Where the parameters of every model are, and what fully connected layers weigh; the tables of both."""
    load_backend()
    from ablations import fully_connected
    from ablations import parameters as counts

    for page in (counts.write(out), fully_connected.write(out)):
        console().print(page, markup=False, highlight=False, soft_wrap=True)


@app.command()
def simulate(
    repetitions: Annotated[int, typer.Option(min=100, help="Draws for each promise.")] = 2000,
    out: Out = RESULTS,
):
    """Draws trials with a known truth: do tests, intervals and power keep their word? 1 where one does not."""
    from ablations import simulation

    shares = simulation.simulate(repetitions)
    console().print(simulation.write(shares, out), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if shares["kept"].all() else 1)


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
