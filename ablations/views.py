"""What the commands print: plan, status and summary as tables on a terminal."""

from pathlib import Path

import pandas as pd
from rich.console import Console

from ablations import execution, forecast, ledger, pages, provenance
from ablations.evidence import sections
from ablations.records import Store
from ablations.study import Study
from inception_keras.console import print_table

NUMBERS = pages.NUMBERS | {"seconds a step", "done", "missing", "seeds needed"}


def print_summary(console: Console, store: Store, study: Study):
    """The tables of every section of a store, and what stands beside every table: data, size, hardware."""
    for section in sections(store, study):
        _print(console, pages.summary(section), title=f"{study.name} ({section.title}): {study.question}")
        for table in (pages.comparisons(section), pages.effects(section)):
            if not table.empty:
                _print(console, table, title="")
        first = section.records[0]
        data, epochs = first["data"], first["configuration"]["recipe"]["epochs"]
        _say(console, f"{epochs} epochs on {data['name']} {data['version']}. {data['note']}")


def print_plan(console: Console, study: Study, data, costs: dict, out: Path, paces: dict | None):
    """The variants with their costs, the trials that are missing, the hours, and what the study can show."""
    store = Store(out / study.name)
    finished = execution.done(store, provenance.backend(), study).values()
    missing = {arm.name: study.seeds - sum(r["variant"] == arm.name for r in finished) for arm in study.arms}
    rows = []
    for variant in study.arms:
        cost = costs[variant.name]
        row = {"variant": variant.name, "parameters": f"{cost.params:,}", "in the head": f"{cost.head_params:,}"}
        row |= {"multiply-adds": f"{cost.macs:,}"}
        if paces:
            row |= {"seconds a step": f"{paces[variant.name].step:.3f}"}
        rows.append(row | {"why": variant.why})
    _print(console, pd.DataFrame(rows), title=f"{study.name} ({study.profile}): {study.question}")
    counts = f"{len(data.train):,} training, {len(data.validation):,} validation, {len(data.test):,} test images"
    _say(console, f"{data.name} {data.version}: {counts}. {data.note}")
    _say(
        console,
        f"{len(study.trials())} trials: {len(study.arms)} variants x {study.seeds} seeds, {study.recipe.epochs} epochs "
        f"each; {len(finished)} done, {sum(missing.values())} to run",
    )
    if paces:
        hours = forecast.hours(study, data, paces, missing)
        _say(console, f"time: about {_duration(hours)} on this machine, from a few steps of each variant")
    for sentence in forecast.sentences(study, store):
        _say(console, sentence)


def print_ledger(console: Console, found: list):
    """Every claim with its verdict."""
    _print(console, ledger.display(found), title="Claims")
    for one in found:
        _say(
            console, f"{one.study.name}: {one.verdict.name or 'no verdict'}: {one.verdict.reason}. {ledger.scale(one)}"
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


def _say(screen: Console, sentence: str):
    screen.print(sentence, markup=False, highlight=False)


def _duration(hours: float) -> str:
    minutes = round(60 * hours)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{max(1, minutes)} min"
