"""Which trials run, in what order, and what is done already."""

import traceback
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from ablations import datasets, locks, provenance
from ablations.progress import Reporter
from ablations.records import Store
from ablations.study import Study, Trial, address
from inception_keras.console import load_backend
from inception_keras.errors import UserError


def trial_address(trial: Trial, backend: str) -> str:
    """The content address of a trial: its configuration, and the backend that rounds it."""
    return address({**trial.configuration(), "backend": backend})


def done(store: Store, backend: str, study: Study) -> dict[str, dict]:
    """The study's records that need no other run, by address: a trial that diverged is a result too."""
    wanted = {trial_address(trial, backend) for trial in study.trials()}
    records = {record["address"]: record for record in store.load() if record["status"] in ("done", "diverged")}
    return {key: record for key, record in records.items() if key in wanted}


def prepare(study: Study, data_dir: str | None):
    """The data and the cost of every variant: all that must hold before the first step.

    The quick questions come first: an answer about the data does not wait for the deep learning framework.

    Raises:
        UserError: For anything in the request that can't work.
    """
    data = datasets.load(
        study.dataset,
        data_dir=data_dir,
        image_size=study.image_size,
        validation=study.validation,
        fraction=study.fraction,
    )
    load_backend()
    from ablations import networks

    return data, networks.prove(study, data.image_shape, data.classes)


def probe(study: Study, data) -> dict[str, object]:
    """By variant the seconds that its parts take on this machine, from a few steps of each."""
    from ablations.training import Trainer

    return {variant.name: Trainer(study, variant, data).probe() for variant in study.arms}


def run(study: Study, out: Path, data_dir: str | None, make_reporter: Callable[[int, int], Reporter]) -> list[dict]:
    """Trains what is missing and returns the records of all the study's trials.

    Args:
        study: What to run.
        out: Folder of all results; the study's are under its name.
        data_dir: Where TFDS keeps prepared sets; `None` for its own default.
        make_reporter: From (trials to run, trials done before) to what is told about the progress.

    Raises:
        UserError: Before the first step, for anything in the request that can't work.
    """
    store = Store(out / study.name)
    store.prepare()
    store.load()  # a broken record is named now, not after the training
    data, costs = prepare(study, data_dir)
    backend = provenance.backend()
    finished = done(store, backend, study)
    _check_fingerprint(store, finished, data)
    missing = [trial for trial in study.trials() if trial_address(trial, backend) not in finished]
    with make_reporter(len(missing), len(finished)) as reporter:
        for variant in study.arms:
            trials = [trial for trial in missing if trial.variant == variant]
            if trials:
                _run_variant(study, trials, data, costs[variant.name], store, reporter)
    order = {trial_address(trial, backend): number for number, trial in enumerate(study.trials())}
    return sorted((r for r in store.load() if r["address"] in order), key=lambda record: order[record["address"]])


def _check_fingerprint(store: Store, finished: dict[str, dict], data):
    for record in finished.values():
        if record["data"]["fingerprint"] != data.fingerprint:
            raise UserError(
                f"{store.folder} holds results of other {data.name} data (fingerprint "
                f"{record['data']['fingerprint']}, now {data.fingerprint}): set another --out"
            )


def _run_variant(study: Study, trials: list[Trial], data, cost, store: Store, reporter: Reporter):
    """The seeds of one variant in a row: the graph is traced once. A trial that fails costs no other."""
    from ablations.training import Outcome, Trainer

    trainer = None
    for trial in trials:
        reporter.trial_started(trial.variant.name, trial.seed, study.recipe.epochs, len(data.train))
        try:
            trainer = trainer or Trainer(study, trial.variant, data)
            outcome = trainer.train(trial.seed, reporter)
        except UserError:
            raise
        except Exception as error:
            trainer = None  # what is left of it can't be trusted
            reason = f"{type(error).__name__}: {error}"
            outcome = Outcome(status="failed", reason=reason.splitlines()[0])
            reporter.failed(traceback.format_exc())
        record = _record(trial, outcome, data, cost, locks.covering(store.folder, trial))
        store.write(record, outcome.test)
        reporter.trial_done(record)


def _record(trial: Trial, outcome, data, cost, lock: str | None) -> dict:
    backend = provenance.backend()
    return {
        "study": trial.study.name,
        "profile": trial.study.profile,
        "variant": trial.variant.name,
        "arm": trial.study.arms.index(trial.variant),
        "overrides": dict(trial.variant.overrides),
        "why": trial.variant.why,
        "seed": trial.seed,
        "status": outcome.status,
        "reason": outcome.reason,
        "address": trial_address(trial, backend),
        "experiment": address({**trial.experiment(), "backend": backend}),
        "configuration": trial.configuration(),
        "lock": lock,
        **asdict(cost),
        "metrics": outcome.metrics,
        "history": outcome.history,
        "times": outcome.times,
        "data": data.describe(),
        "hardware": provenance.hardware(),
        "versions": provenance.versions(),
        "commit": provenance.commit(),
    }


def broken_guards(study: Study, records: list[dict]) -> list[str]:
    """What the run should have reached and did not, a sentence each."""
    guards, broken = study.guards, []
    for record in records:
        trial = f"{record['variant']} seed {record['seed']}"
        expected = guards.params.get(record["variant"])
        if expected is not None and record["params"] != expected:
            broken.append(f"{trial}: {record['params']:,} parameters, not {expected:,}")
        if record["status"] != "done":
            broken.append(f"{trial}: {record['status']} ({record['reason']})")
        elif record["metrics"]["test"]["top1"] < guards.least_top1:
            broken.append(f"{trial}: top-1 {record['metrics']['test']['top1']:.3f} is under {guards.least_top1}")
    return broken


def with_seeds(study: Study, seeds: int | None) -> Study:
    """The study with its first `seeds` seeds; `None` leaves them as declared."""
    return study if seeds is None else replace(study, seeds=seeds)
