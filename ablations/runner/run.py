"""Which trials run, in what order, and what is done already."""

from collections.abc import Callable
from pathlib import Path

from ablations.data import datasets
from ablations.records import locks
from ablations.records.record import Record
from ablations.records.store import Store
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
) -> list[Record]:
    """Trains what is missing and returns the records of all the study's trials.

    Args:
        study: What to run.
        out: Folder of all results; the study's are under its name.
        data_dir: Where TFDS keeps prepared sets; `None` for its own default.
        make_reporter: From (trials to run, trials done before) to what is told about the progress.
        pool: Where the trials are trained.
        limit: Minutes that a trial may take; `None` for as long as it needs.
        distribute: On how many devices each trial is trained: see `distribution.find`.
        keep_weights: Whether the final weights of the trials that this run ends are kept.

    Raises:
        UserError: Before the first step, for anything in the request that can't work; later, where the disk is full.
        KeyboardInterrupt: It was interrupted: once, after the epochs under way; twice, at once.
    """
    devices.check_distribute(distribute)
    store = Store(out / study.name)
    store.prepare()
    store.load()  # a broken record or lock is named now, not after the training
    locks.load_locks(store.folder)
    datasets.check_dataset(study.dataset, data_dir)
    site = Supervisor(study, store, data_dir, pool, limit, distribute, keep_weights).run(make_reporter)
    order = {site.rounding.address(trial): number for number, trial in enumerate(study.trials())}
    return sorted((r for r in store.load() if r.address in order), key=lambda record: order[record.address])


def broken_guards(study: Study, records: list[Record]) -> list[str]:
    """What the run should have reached and did not, a sentence each."""
    guards, broken = study.guards, []
    for record in records:
        trial = f"{record.variant} seed {record.seed}"
        expected = guards.params.get(record.variant)
        if expected is not None and record.params != expected:
            broken.append(f"{trial}: {record.params:,} parameters, not {expected:,}")
        if record.status != "done":
            broken.append(f"{trial}: {record.status} ({record.reason})")
        elif record.metrics["test"]["top1"] < guards.least_top1:
            broken.append(f"{trial}: top-1 {record.metrics['test']['top1']:.3f} is under {guards.least_top1}")
    return broken
