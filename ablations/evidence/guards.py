"""Guards: what a run must reach, as checks that hold or are broken; for a gate in continuous integration."""

from collections.abc import Sequence
from dataclasses import dataclass

from ablations.evidence.weighing import done_trials_of
from ablations.records.declared import belonging
from ablations.records.record import Record
from ablations.statistics import ALPHA, compare
from ablations.statistics.noninferiority import not_worse, not_worse_seeds
from ablations.study import Study
from ablations.study.decimals import amount, counted
from ablations.study.measures import measure

METRIC = "top1"


@dataclass(frozen=True)
class Check:
    """One thing that a run must reach.

    Attributes:
        name: What is checked.
        broken: Why it is broken, as a sentence; empty if it holds.
    """

    name: str
    broken: str = ""


def check_guards(study: Study, records: Sequence[Record]) -> list[Check]:
    """Every guard of the study: of each trial its end and its parameters, of those at the last rung the accuracy; then
    the differences there.
    """
    made = [check for record in records for check in _of_trial(study, record)]
    last = belonging(study.at(), list(records))  # a shorter rung says nothing of where the study ends
    return made + [_difference(study, last, name) for name in study.guards.not_worse]


def broken_guards(study: Study, records: Sequence[Record]) -> list[str]:
    """A sentence per guard that is broken, and per trial that failed."""
    return [check.broken for check in check_guards(study, records) if check.broken]


def _of_trial(study: Study, record: Record) -> list[Check]:
    guards, trial = study.guards, f"{record.variant} seed {record.seed}"
    made = []
    expected = guards.params.get(record.variant)
    if expected is not None:
        wrong = f"{trial}: {record.params:,} parameters, not {expected:,}" if record.params != expected else ""
        made.append(Check(f"{trial}: parameters", wrong))
    if record.status != "done":
        return [*made, Check(f"{trial}: done", f"{trial}: {record.status} ({record.reason})")]
    top1 = record.metrics["test"]["top1"]
    if record.recipe["epochs"] != study.recipe.epochs:
        return [*made, Check(f"{trial}: done")]
    low = f"{trial}: top-1 {top1:.3f} is under {guards.least_top1}" if top1 < guards.least_top1 else ""
    return [*made, Check(f"{trial}: done"), *([Check(f"{trial}: top-1", low)] if guards.least_top1 else [])]


def _difference(study: Study, records: Sequence[Record], variant: str) -> Check:
    """Whether a variant is shown not to be worse than the baseline by its margin or more."""
    margin, baseline = study.guards.not_worse[variant], study.baseline.name
    name = f"{variant} not worse than {baseline} by {amount(margin, 'points')}"
    arms = [done_trials_of(records, arm, METRIC) for arm in (baseline, variant)]
    both = sorted(arms[0].keys() & arms[1].keys())
    values = [[value for seed in both if (value := measure(METRIC).of(arm[seed])) is not None] for arm in arms]
    if len(both) < 2:
        return Check(name, f"{name}: not shown with {counted(len(both), 'pairs')} of trials")
    found = compare(values[0], values[1], paired=study.paired)
    shown = not_worse(found, margin)
    if shown.p_value < ALPHA:
        return Check(name)
    needed = not_worse_seeds(found.sd, margin)
    return Check(
        name,
        f"{name}: not shown: {found.difference:+.2f} points, 95% certainly above {shown.limit:+.2f} alone; equal arms "
        f"would show it with {counted(needed, 'seeds')}",
    )
