"""What the commands print: plan, status and summary as tables on a terminal."""

from pathlib import Path

import pandas as pd
from rich.console import Console

from ablations import execution, provenance, tables
from ablations.records import Store
from ablations.study import Study
from inception_keras.console import print_table

NUMBERS = {"parameters", "in the head", "multiply-adds", "difference (points)", "seconds a trial", "done", "missing"}


def print_summary(console: Console, study: Study, records: list[dict]):
    """The table of one experiment, and what stands beside every table: data, size, hardware."""
    profile = records[0]["profile"]
    _print(console, tables.display(records), title=f"{study.name} ({profile}): {study.question}")
    data, epochs = records[0]["data"], records[0]["configuration"]["recipe"]["epochs"]
    console.print(f"{epochs} epochs on {data['name']} {data['version']}. {data['note']}", markup=False, highlight=False)


def print_plan(console: Console, study: Study, data, costs: dict, out: Path):
    """The variants with their costs, and the trials that are missing."""
    rows = []
    for variant in study.arms:
        cost = costs[variant.name]
        row = {"variant": variant.name, "parameters": f"{cost.params:,}", "in the head": f"{cost.head_params:,}"}
        rows.append(row | {"multiply-adds": f"{cost.macs:,}", "why": variant.why})
    _print(console, pd.DataFrame(rows), title=f"{study.name} ({study.profile}): {study.question}")
    counts = f"{len(data.train):,} training, {len(data.validation):,} validation, {len(data.test):,} test images"
    console.print(f"{data.name} {data.version}: {counts}. {data.note}", markup=False, highlight=False)
    finished = execution.done(Store(out / study.name), provenance.backend(), study)
    trials = study.trials()
    console.print(
        f"{len(trials)} trials: {len(study.arms)} variants x {study.seeds} seeds, {study.recipe.epochs} epochs each; "
        f"{len(finished)} done, {len(trials) - len(finished)} to run",
        highlight=False,
    )


def print_status(console: Console, study: Study, out: Path):
    """Done and missing trials by variant; failed ones are missing, with their reason."""
    store, backend = Store(out / study.name), provenance.backend()
    records = {record["address"]: record for record in store.load()}
    rows = []
    for variant in study.arms:
        trials = [trial for trial in study.trials() if trial.variant == variant]
        own = [records.get(execution.trial_address(trial, backend)) for trial in trials]
        statuses = [record["status"] if record else "missing" for record in own]
        reasons = {record["reason"] for record in own if record and record["reason"]}
        row = {
            "variant": variant.name,
            "done": str(statuses.count("done")),
            "diverged": str(statuses.count("diverged")),
        }
        row |= {"failed": str(statuses.count("failed")), "missing": str(statuses.count("missing"))}
        rows.append(row | {"reason": "; ".join(sorted(reasons))})
    _print(console, pd.DataFrame(rows), title=f"{study.name} ({study.profile}) in {store.folder}")


def _print(screen: Console, frame: pd.DataFrame, *, title: str):
    print_table(screen, title, list(frame.columns), frame.itertuples(index=False), numbers=NUMBERS)
