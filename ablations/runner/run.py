"""Runs a study: checks the request, trains the missing trials and returns the records."""

from collections.abc import Callable
from pathlib import Path

from ablations.data import datasets
from ablations.records import locks
from ablations.records.declared import belonging
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.records.tuning import check_tuned
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools.base import WorkerPool
from ablations.runner.supervisor import Supervisor
from ablations.study import Study
from ablations.training import devices


def run_study(
    study: Study,
    out: Path,
    data_dir: str | None,
    make_reporter: Callable[[int, int], Reporter],
    pool: WorkerPool,
    limit: float | None = None,
    distribute: str = "none",
    keep_weights: bool = False,
    deadline: float | None = None,
    store: Store | None = None,
    rung: int | None = None,
) -> list[Record]:
    """Trains what is missing and returns the records of all the study's trials.

    Args:
        study: What to run.
        out: Folder of all results; the study's are under its name.
        data_dir: Where TFDS keeps prepared sets; `None` for its own default.
        make_reporter: Makes the reporter of the progress from the number of trials to run and of trials done before.
        pool: Where the trials are trained.
        limit: Minutes that a trial may take; `None` for no limit.
        distribute: On which devices each trial is trained: see `training.devices.find_devices`.
        keep_weights: Whether to store the final weights of the trials that this run finishes.
        deadline: When to stop, on the monotonic clock: the epochs in progress are finished and saved, and the records
            of the trials so far are returned. The trials that decide most are trained first. `None` for no deadline.
        store: Where the results go; `None` for the study's own folder in `out`.
        rung: The only budget of epochs to train at now; `None` for all.

    Raises:
        UserError: Before the first step, for anything in the request that can't work; later, if the disk is full.
        KeyboardInterrupt: It was interrupted: once, after the epochs in progress; twice, at once.
    """
    check_tuned(study, study.name)
    store = store or Store(out / study.name)
    devices.check_distribute(distribute)
    store.prepare()
    store.load()  # reports a broken record or lock before the training, not after it
    locks.load_locks(store.folder)
    datasets.check_dataset(study.dataset, data_dir)
    supervisor = Supervisor(study, store, data_dir, pool, limit, distribute, keep_weights, deadline, rung)
    site = supervisor.run(make_reporter)
    order = {site.rounding.address(trial): number for number, trial in enumerate(study.trials())}
    return sorted(
        (r for r in belonging(study, store.load()) if r.address in order), key=lambda record: order[record.address]
    )
