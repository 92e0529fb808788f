"""The command `run`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ablations import studies
from ablations.cli.options import (
    AUTO,
    RESULTS,
    DataDir,
    Distribute,
    Jobs,
    Limit,
    Out,
    Precision,
    Ray,
    Reduced,
    Seeds,
    Settings,
    StudyName,
    chosen_study,
    results_folder,
)
from ablations.study import Guards, Study
from inception_keras.cli.console import console

if TYPE_CHECKING:
    from ablations.runner.loggers.base import Logger


def run(
    study: StudyName,
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    jobs: Jobs = None,
    ray: Ray = None,
    limit: Limit = None,
    distribute: Distribute = "none",
    keep_weights: Annotated[
        bool,
        typer.Option(
            "--keep-weights",
            help="Keep final weights in DIR/STUDY/weights; `ensemble`, `explain` and `deploy` need them.",
        ),
    ] = False,
    tensorboard: Annotated[
        str | None,
        typer.Option(
            "--tensorboard", metavar="[DIR]", help="Also write event files; without DIR to OUT/STUDY/tensorboard."
        ),
    ] = None,
    mlflow: Annotated[
        str | None,
        typer.Option("--mlflow", metavar="URI", help="Also log to MLflow: http://HOST:5000 or sqlite:///FILE."),
    ] = None,
):
    """Trains the missing trials and prints the table; exits with 1 if a guard breaks or a trial is not done."""
    from ablations.records.outcomes import FINAL
    from ablations.records.store import Store
    from ablations.records.weights import lacking_weights, weights_remedy
    from ablations.runner.loggers.console import ConsoleReporter
    from ablations.runner.loggers.logged_run import LoggedRun
    from ablations.runner.pools.choose import choose_pool
    from ablations.runner.run import broken_guards, run_study
    from ablations.training.devices import check_distribute

    check_distribute(distribute)
    chosen, screen = chosen_study(study, out, reduced, seeds, settings, precision), console()
    store = Store(results_folder(study, chosen, out))

    loggers = _loggers(chosen, store.folder, tensorboard, mlflow)

    def reporter(missing: int, finished: int) -> LoggedRun:
        from ablations.evidence import forecast  # loads SciPy, which takes seconds: only after the data is checked

        if doubt := forecast.doubt(chosen, store):
            screen.print(f"warning: {doubt}", style="yellow", markup=False, highlight=False)
        return LoggedRun(ConsoleReporter(missing, finished, console=screen), loggers)

    pool = choose_pool(jobs, ray, distribute)
    records = run_study(chosen, out, data_dir, reporter, pool, limit, distribute, keep_weights)
    from ablations.cli import views
    from ablations.evidence.sections import sections
    from ablations.report.publish import publish_sections

    parts = sections(store, studies.load(study))  # as `report` does, which knows no options
    written = publish_sections(parts)
    views.print_summary(screen, parts)
    screen.print(f"tables: {', '.join(map(str, written))}", highlight=False, soft_wrap=True)
    if keep_weights and (without := lacking_weights(store, records)):
        screen.print(weights_remedy(store, without), style="yellow", markup=False, highlight=False)
    broken = broken_guards(chosen, records)
    what = "guard broken: " if chosen.guards != Guards() else ""
    for sentence in broken:
        screen.print(f"{what}{sentence}", style="red", markup=False, highlight=False)
    if not any(record.done for record in records):
        screen.print("no trial is done, so that there is nothing to compare", style="red")
    raise typer.Exit(1 if broken or any(record.status not in FINAL for record in records) else 0)


def _loggers(study: Study, folder: Path, tensorboard: str | None, mlflow: str | None) -> "list[Logger]":
    """The loggers beside the console. Each raises before any training if it lacks something."""
    loggers: list[Logger] = []
    if tensorboard is not None:
        from ablations.runner.loggers.tensorboard_logger import EventFiles

        loggers.append(EventFiles(folder / "tensorboard" if tensorboard == AUTO else Path(tensorboard)))
    if mlflow is not None:
        from ablations.runner.loggers.mlflow_logger import Runs

        loggers.append(Runs(mlflow, study.name))
    return loggers
