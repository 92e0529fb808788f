"""python -m ablations: the commands of the bench, in the order in which a study needs them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand

from ablations import studies
from ablations.study import Study
from inception_keras.console import console, print_table, run_app
from inception_keras.errors import UserError
from inception_keras.loading import load_backend

if TYPE_CHECKING:
    from ablations.loggers import Logger

AUTO = "auto"


class ValuesOptional(TyperCommand):
    """Takes `--ray` and `--tensorboard` without a value, which Typer has no way to say."""

    def parse_args(self, ctx, args):
        for place in reversed([place for place, word in enumerate(args) if word in ("--ray", "--tensorboard")]):
            if place + 1 == len(args) or args[place + 1].startswith("-"):
                args.insert(place + 1, AUTO)
        return super().parse_args(ctx, args)


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


@app.command("list")
def list_studies():
    """The studies, with what each asks."""
    screen = console()
    for name in studies.names():
        screen.print(f"[bold]{name:18}[/bold] {studies.load(name).question}", highlight=False)


@app.command()
def plan(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    lock: Annotated[
        bool, typer.Option("--lock", help="Fix hypothesis, comparisons and seeds before the run, in DIR/STUDY/locks.")
    ] = False,
    probe: Annotated[bool, typer.Option(help="Time a few steps of each variant, to tell the hours.")] = True,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the hours in DIR/STUDY/plan.json, for the ledger to name.")
    ] = False,
    distribute: Distribute = "none",
):
    """What a run would train, what it costs, and what it could show; nothing is trained."""
    from ablations import distribution, estimates, forecast, locks, provenance, views
    from ablations.worker import Worker

    distribution.check(distribute)
    if save and not probe:
        raise UserError("--save keeps what the probe times: leave --no-probe")
    chosen, screen = _study(study, reduced, seeds, settings, precision), console()
    if lock:
        locks.check(chosen, out / chosen.name)
    worker = Worker(chosen, data_dir, distribute, stand_in=True)
    costs = worker.costs()
    paces = worker.probe() if probe else None
    views.print_plan(screen, chosen, worker.data, costs, out, paces, worker.site.replicas, worker.site.dispatch)
    if lock:
        path = locks.write(chosen, out / chosen.name, provenance.commit())
        screen.print(f"locked: {path}", highlight=False, soft_wrap=True)
    if save and paces is not None:
        hours = forecast.hours(chosen, worker.data, paces, {arm.name: chosen.seeds for arm in chosen.arms})
        images, folder = len(worker.data.train), out / chosen.name
        path = estimates.save(chosen, folder, worker.site, images, hours, provenance.commit())
        screen.print(f"kept: {path}", highlight=False, soft_wrap=True)


@app.command(cls=ValuesOptional)
def run(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Trials at once (1; on a cluster as many as it has GPUs, else nodes); 0: in here."
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option("--ray", metavar="[ADDRESS]", help="On a Ray cluster; without ADDRESS the one that runs here."),
    ] = None,
    limit: Annotated[
        float | None, typer.Option(min=0.01, metavar="MINUTES", help="A trial that takes longer is ended.")
    ] = None,
    distribute: Distribute = "none",
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="Keep final weights in DIR/STUDY/weights: `ensemble` needs them.")
    ] = False,
    tensorboard: Annotated[
        str | None,
        typer.Option("--tensorboard", metavar="[DIR]", help="Event files too; without DIR in OUT/STUDY/tensorboard."),
    ] = None,
    mlflow: Annotated[
        str | None, typer.Option("--mlflow", metavar="URI", help="MLflow runs too: http://HOST:5000, sqlite:///FILE.")
    ] = None,
):
    """Trains what is missing and prints the table; exits with 1 when a guard breaks or a trial gives no result."""
    from ablations import crews, distribution, execution, weights
    from ablations.loggers import LoggedRun
    from ablations.outcomes import FINAL
    from ablations.progress import ConsoleReporter
    from ablations.records import Store

    distribution.check(distribute)
    chosen, screen = _study(study, reduced, seeds, settings, precision), console()
    store = Store(out / chosen.name)

    loggers = _loggers(chosen, store.folder, tensorboard, mlflow)

    def reporter(missing: int, finished: int) -> LoggedRun:
        from ablations import forecast  # SciPy's seconds belong after the quick answers about the data

        if doubt := forecast.doubt(chosen, store):
            screen.print(f"warning: {doubt}", style="yellow", markup=False, highlight=False)
        return LoggedRun(ConsoleReporter(missing, finished, console=screen), loggers)

    crew = crews.choose(jobs, ray, distribute)
    records = execution.run(chosen, out, data_dir, reporter, crew, limit, distribute, keep_weights)
    from ablations import evidence, publish, views

    parts = evidence.sections(store, chosen)
    written = publish.publish(parts)
    views.print_summary(screen, parts)
    screen.print(f"tables: {', '.join(map(str, written))}", highlight=False, soft_wrap=True)
    if keep_weights and (without := weights.lacking(store, records)):
        screen.print(weights.remedy(store, without), style="yellow", markup=False, highlight=False)
    broken = execution.broken_guards(chosen, records)
    for sentence in broken:
        screen.print(f"guard broken: {sentence}", style="red", markup=False, highlight=False)
    raise typer.Exit(1 if broken or any(record["status"] not in FINAL for record in records) else 0)


@app.command()
def ensemble(
    study: StudyName,
    models: Annotated[str, typer.Option("--models", metavar="K,K", help="Trials averaged, a row each.")] = "1,7",
    crops: Annotated[str, typer.Option("--crops", metavar="N,N", help="Crops an image: 1, 10, 144.")] = "1,10,144",
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
):
    """Averages trials and crops on the test images, from weights that `run --keep-weights` kept; nothing is trained."""
    from ablations import ensembles
    from ablations.files import prove_writable, write_files
    from ablations.records import Store
    from inception_keras.settings import numbers

    chosen, screen = _study(study, reduced, seeds, settings, precision), console()
    rows = numbers("--models", models), numbers("--crops", crops)
    ensembles.check(*rows, chosen.seeds)
    store = Store(out / chosen.name)
    prove_writable(store.folder)
    load_backend()
    from ablations import ensemble_pages, views

    with screen.status("evaluating") as line:
        ensembles.evaluate(
            chosen, store, data_dir, *rows, tell=lambda done, images: line.update(f"{done:,} of {images:,} images")
        )
    views.print_ensembles(screen, chosen, store)
    written = write_files(store.folder, ensemble_pages.texts(chosen, store))
    screen.print(f"tables: {', '.join(map(str, written))}", highlight=False, soft_wrap=True)


@app.command()
def status(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    distribute: Distribute = "none",
):
    """Which trials are done, and which are missing."""
    from ablations import distribution, views

    chosen = _study(study, reduced, seeds, settings, precision)
    load_backend()
    devices = distribution.find(distribute, chosen.recipe.batch_size)
    views.print_status(console(), chosen, out, devices.replicas, devices.dispatch)


@app.command()
def report(
    study: StudyName,
    out: Out = RESULTS,
    html: Annotated[bool, typer.Option("--html", help="One page with all of it, DIR/STUDY/report.html.")] = False,
    opened: Annotated[bool, typer.Option("--open", help="Show the page in a browser; makes it too.")] = False,
):
    """Makes the tables and figures of a study again from its records, and prints the tables."""
    from ablations import evidence, publish, views
    from ablations.records import Store

    chosen = studies.load(study)
    store = Store(out / chosen.name)
    parts = evidence.sections(store, chosen)
    if not parts:
        raise UserError(f"{store.folder} holds no records: run `python -m ablations run {study}` first")
    publish.publish(parts)
    views.print_summary(console(), parts)
    if html or opened:
        load_backend()  # the costs by stage are counted on built networks
        from ablations.report import write_report

        _show(write_report(chosen, out, study), opened)


@app.command()
def explain(
    study: StudyName,
    images: Annotated[int, typer.Option("--images", min=2, metavar="N", help="Test images that are scored.")] = 64,
    rows: Annotated[int, typer.Option("--rows", min=1, metavar="N", help="Of them on the sheet of pictures.")] = 6,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
):
    """Where each variant looks, as pictures, and what these are worth, as a table; from weights that a run kept."""
    from ablations import explaining

    chosen, screen = _study(study, reduced, seeds, settings, precision), console()
    words = _words(study, reduced, settings, precision)
    table, notes, written = explaining.run(chosen, out, data_dir, images, rows, words)
    print_table(screen, f"{chosen.name}: {chosen.question}", list(table.columns), table.itertuples(index=False))
    screen.print(notes, markup=False, highlight=False)
    screen.print(f"files: {', '.join(map(str, written))}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def claims(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="All that come with the bench.")
    ] = None,
    reduced: Reduced = False,
    out: Out = RESULTS,
    html: Annotated[
        bool, typer.Option("--html", help="Pages: DIR/index.html, and a report of every study that has records.")
    ] = False,
    opened: Annotated[bool, typer.Option("--open", help="Show the index in a browser; makes the pages too.")] = False,
):
    """The ledger: every claim, the measured difference with its interval, and the verdict; from the records alone."""
    from ablations import ledger, views

    if (html or opened) and (names or reduced):
        raise UserError("--html and --open make the index over all studies: leave out their names and --reduced")
    chosen = [studies.load(name) for name in names or studies.names()]
    if names and any(study.hypothesis is None for study in chosen):
        raise UserError(f"{', '.join(s.name for s in chosen if s.hypothesis is None)}: the study states no claim")
    found = ledger.ledger([study.reduce() if reduced else study for study in chosen], out)
    views.print_ledger(console(), found)
    if not names and not reduced:
        ledger.write(found, out)
    if html or opened:
        load_backend()
        from ablations.records import Store
        from ablations.report import write_index, write_report

        for study in chosen:
            if Store(out / study.name).load():
                write_report(study, out)
        _show(write_index(chosen, out), opened)


@app.command()
def doctor(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="Folders of DIR; all of them by default.")
    ] = None,
    out: Out = RESULTS,
    repair: Annotated[bool, typer.Option("--repair", help="Set aside what is broken, so that it runs again.")] = False,
):
    """Checks every record against its checksum and schema; exits with 1 where something is broken and stays so."""
    from ablations import doctor as ward
    from ablations import views

    findings = ward.examine(out, names, repair=repair)
    views.print_findings(console(), findings, repaired=repair)
    raise typer.Exit(1 if findings and not repair else 0)


@app.command()
def parameters(out: Out = RESULTS):
    """Where the parameters of every model are, and what fully connected layers weigh; tables of both and a figure."""
    load_backend()
    import pandas as pd

    from ablations import figures, fully_connected
    from ablations import parameters as counts

    for page in (counts.write(out), fully_connected.write(out)):
        console().print(page, markup=False, highlight=False, soft_wrap=True)
    figures.write_parameters(pd.read_csv(out / "fully_connected.csv"), out / "figures")


@app.command()
def simulate(
    repetitions: Annotated[int, typer.Option(min=100, help="Draws for each promise.")] = 2000,
    out: Out = RESULTS,
):
    """Draws trials with a known truth: do tests, intervals and power keep their word? 1 where one does not."""
    from ablations import simulation
    from ablations.files import prove_writable

    prove_writable(out)
    shares = simulation.simulate(repetitions)
    console().print(simulation.write(shares, out), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if shares["kept"].all() else 1)


@app.command()
def deploy(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    threads: Annotated[
        int | None,
        typer.Option("--threads", min=1, metavar="N", help="Of every engine, on as many cores; all."),
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=3, metavar="N", help="In which all engines are timed.")] = 7,
):
    """What each variant costs where it runs: bytes, int8, latency by engine; from weights that `run` kept."""
    from ablations import datasets, kept
    from ablations.files import prove_writable, write_files
    from ablations.records import Store

    chosen, screen = _study(study, reduced, seeds, settings, precision), console()
    datasets.check(chosen.dataset, data_dir)
    store = Store(out / chosen.name)
    trials = kept.kept_trials(chosen, store, "deploy", _words(study, reduced, settings, precision))
    prove_writable(store.folder)
    from ablations import deployment, deployment_pages
    from inception_keras.export import Disagreement

    def tell(sentence: str):
        screen.print(sentence, markup=False, highlight=False)

    try:
        found = deployment.deploy(chosen, trials, data_dir, threads=threads, rounds=rounds, tell=tell)
    except Disagreement as difference:
        screen.print(f"{difference}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    page = deployment_pages.markdown(found)
    csv = deployment_pages.table(found).to_csv(index=False)
    written = write_files(store.folder, {"deployment.csv": csv, "deployment.md": page})
    screen.print(page, markup=False, highlight=False, soft_wrap=True)
    screen.print(f"written: {', '.join(map(str, written))}", markup=False, highlight=False, soft_wrap=True)


def _study(
    name: str, reduced: bool, seeds: int | None, settings: list[str] | None, precision: str | None = None
) -> Study:
    from ablations.execution import with_seeds
    from ablations.precision import with_precision
    from inception_keras.settings import parse

    study = studies.load(name)
    if reduced:
        study = study.reduce()
    if settings:
        study = study.change(parse(settings))
    return with_seeds(with_precision(study, precision), seeds)


def _words(name: str, reduced: bool, settings: list[str] | None, precision: str | None) -> list[str]:
    """How a person names the study with what `_study` was given, seeds aside."""
    words = [name, *(["--reduced"] if reduced else []), *(f"--set {setting}" for setting in settings or [])]
    return words + ([f"--precision {precision}"] if precision else [])


def _show(page: Path, opened: bool):
    """Says where a page is, and opens it where that is asked for and there is a browser."""
    import webbrowser

    there = not opened or webbrowser.open(page.resolve().as_uri())
    hint = "" if there else " (there is no browser here: open it in one)"
    console().print(f"page: {page}{hint}", markup=False, highlight=False, soft_wrap=True)


def _loggers(study: Study, folder: Path, tensorboard: str | None, mlflow: str | None) -> "list[Logger]":
    """What `run` tells beside the console; each says at once, before any training, what it lacks."""
    loggers: list[Logger] = []
    if tensorboard is not None:
        from ablations.tensorboard_files import EventFiles

        loggers.append(EventFiles(folder / "tensorboard" if tensorboard == AUTO else Path(tensorboard)))
    if mlflow is not None:
        from ablations.mlflow_runs import Runs

        loggers.append(Runs(mlflow, study.name))
    return loggers


def main():
    """The console script."""
    run_app(app, interrupted="stopped; what is done stays, and the same command goes on with the rest")


if __name__ == "__main__":
    main()
