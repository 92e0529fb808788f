"""The table of variants: texts of `ablations.report.summary`, numbers to sort by, and the trials under each row."""

from dataclasses import dataclass

import pandas as pd

from ablations.evidence.sections import Section
from ablations.records.outcomes import STATUSES
from ablations.records.record import Record
from ablations.report import summary, tables
from ablations.report.formats import minus_signs
from ablations.study.decimals import plain
from ablations.study.measures import POINTS

# Columns of `summary.summary` and their sort keys: columns of `tables.summary_table`, or the mean difference.
KEYS = {
    "params": "params",
    "head_params": "head_params",
    "macs": "macs",
    "top1": "top1_mean",
    "top5": "top5_mean",
    "difference": "difference",
    "seconds": "seconds",
}


@dataclass(frozen=True)
class Cell:
    """A text, smaller text below it, and a number to sort by; `None` sorts last."""

    text: str
    below: str
    key: float | None


@dataclass(frozen=True)
class TrialRow:
    """A trial, with its numbers as texts; `status` is one of `ablations.records.outcomes.STATUSES`."""

    seed: int
    status: str
    cells: tuple[str, ...]
    reason: str
    address: str


@dataclass(frozen=True)
class VariantRow:
    """A variant with its trials."""

    name: str
    differs: str
    why: str
    cells: list[Cell]
    counts: str
    trials: list[TrialRow]


COLUMNS = [summary.SUMMARY[name] for name in KEYS]
TRIAL_COLUMNS = ("top-1 (%)", "top-5 (%)", "validation top-1 (%)", "ms a step", "seconds in all")


def variant_rows(section: Section) -> list[VariantRow]:
    """One row per variant, in the study's order."""
    texts, numbers = summary.summary(section), tables.summary_table([section])
    differences = {one.variant: one.found.difference for one in section.compared if one.baseline == section.baseline}
    numbers["difference"] = numbers["variant"].map(differences)
    rows = []
    for place, name in enumerate(section.variants):
        own = [record for record in section.records if record.variant == name]
        text = texts.iloc[place]
        cells = [_cell(text[summary.SUMMARY[column]], numbers.iloc[place][key]) for column, key in KEYS.items()]
        trials = [_trial(record) for record in own]
        differs = text[summary.SUMMARY["differs"]]
        rows.append(VariantRow(name, differs, own[0].get("why", ""), cells, text[summary.SUMMARY["trials"]], trials))
    return rows


def statuses(section: Section) -> str:
    """How many trials there are and how they ended, in words."""
    found = [record.status for record in section.records]
    ended = ", ".join(f"{found.count(status)} {status}" for status in STATUSES if status in found)
    return f"{len(found)} trial{'' if len(found) == 1 else 's'}: {ended}"


def _cell(text: str, key: float | None) -> Cell:
    """Splits a text into the mean and what goes below it: the number of seeds, or the interval."""
    for start in (" (n", " ["):
        first, found, rest = text.partition(start)
        if found:
            below = f"[{rest}" if start == " [" else f"n{rest}".removesuffix(")")
            return Cell(minus_signs(first), minus_signs(below), _key(key))
    return Cell(text, "", _key(key))


def _key(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _trial(record: Record) -> TrialRow:
    metrics, times = record.metrics, record.times
    cells = (
        _share(metrics.get("test", {}).get("top1")),
        _share(metrics.get("test", {}).get("top5")),
        _share(metrics.get("validation", {}).get("top1")),
        "–" if times.get("step") is None else f"{1000 * times['step']:.0f}",
        "–" if times.get("total") is None else f"{times['total']:.0f}",
    )
    return TrialRow(record.seed, record.status, cells, record.reason, record.address)


def _share(value: float | None) -> str:
    return "–" if value is None else plain(POINTS * value, "%")
