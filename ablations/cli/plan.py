"""Commands before a run: `list`, `plan` and `status`."""

from pathlib import Path
from typing import Annotated

import typer

from ablations import studies
from ablations.cli.options import (
    RESULTS,
    DataDir,
    Distribute,
    Full,
    Precision,
    Read,
    Reduced,
    Seeds,
    Settings,
    StudyName,
    chosen_study,
    folder_option,
    results_folder,
    typed_words,
)
from inception_keras.cli.console import console, print_table, say
from inception_keras.cli.loading import load_visibly
from inception_keras.cli.waiting import waiting
from inception_keras.errors import UserError


def list_studies():
    """Lists the studies, with the question that each asks, and those that are retired, with the reason."""
    screen, found = console(), [studies.load(name) for name in studies.names()]
    print_table(screen, "", ("study", "question"), [(one.name, one.question) for one in found if not one.retired])
    print_table(screen, "", ("retired", "why"), [(one.name, one.retired) for one in found if one.retired])
    say(screen, "`python -m ablations run STUDY` runs one; `plan STUDY` tells first what it takes")


def plan(
    study: StudyName,
    reduced: Reduced = False,
    out: Annotated[Path, folder_option("Folder of results: reads DIR/STUDY; --lock and --save write there.")] = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    lock: Annotated[
        bool, typer.Option("--lock", help="Fix hypothesis, comparisons and seeds before the run, in DIR/STUDY/locks.")
    ] = False,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Lock a claim of equality with fewer seeds than its margin needs."),
    ] = False,
    probe: Annotated[bool, typer.Option(help="Time a few steps per variant to estimate the hours.")] = True,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the estimated hours in DIR/STUDY/plan.json; the ledger quotes them.")
    ] = False,
    distribute: Distribute = "none",
    full: Full = False,
):
    """Shows what a run would train, what it costs and what it could prove, without training."""
    from ablations import environment
    from ablations.cli import probing, views
    from ablations.evidence import forecast
    from ablations.records import locks, plans
    from ablations.records.store import Store
    from ablations.records.tuning import check_tuned
    from ablations.training.devices import check_distribute

    check_distribute(distribute)
    if save and not probe:
        raise UserError("--save keeps what the probe times: drop --no-probe")
    chosen, screen = chosen_study(study, out, reduced, seeds, settings, precision), console()
    if anyway and not lock:
        raise UserError("--anyway is for --lock: type `plan STUDY --lock --anyway`")
    folder = results_folder(study, chosen, out)
    if lock:
        check_tuned(chosen, " ".join(typed_words(study, reduced, settings, precision)))  # a lock holds what it chose
        locks.check_lockable(chosen, folder)
        if not anyway:
            forecast.check_equality_seeds(chosen, Store(folder))
    worker = probing.open_worker(chosen, data_dir, distribute)
    with waiting("building", of=len(chosen.arms)) as wait:
        costs = worker.costs(wait.next)
    paces = probing.probe(worker, "--no-probe") if probe else None
    views.print_plan(screen, chosen, worker.data, costs, out, paces, worker.site.rounding, full=full)
    if lock:
        path = locks.write_lock(chosen, folder, environment.commit())
        screen.print(f"locked: {path}", highlight=False, soft_wrap=True)
    if save and paces is not None:
        hours = forecast.hours(worker.data, paces, chosen.trials())
        path = plans.save_plan(chosen, folder, worker.site, len(worker.data.train), hours, environment.commit())
        screen.print(f"kept: {path}", highlight=False, soft_wrap=True)


def status(
    study: StudyName,
    reduced: Reduced = False,
    out: Read = RESULTS,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    distribute: Distribute = "none",
):
    """Counts the trials that are done, failed and missing."""
    from ablations.cli import views
    from ablations.records import locks
    from ablations.training.devices import find_devices

    chosen = chosen_study(study, out, reduced, seeds, settings, precision)
    locks.load_locks(out / chosen.name)  # raises if one is broken, before `run` does
    load_visibly()
    devices = find_devices(distribute, chosen.recipe.batch_size)
    views.print_status(console(), chosen, out, devices.rounding)
