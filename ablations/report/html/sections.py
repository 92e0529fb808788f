"""A section, that is trials that may be compared with each other, as a page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ablations.evidence.findings import Finding
from ablations.evidence.sections import Section
from ablations.records import locks
from ablations.report import summary
from ablations.report.formats import minus_signs
from ablations.report.html.commands import commands
from ablations.report.html.costs import StageCosts, by_stage
from ablations.report.html.plots import Plot, plots
from ablations.report.html.variants import VariantRow, statuses, variant_rows


@dataclass(frozen=True)
class Grid:
    """A table of texts."""

    title: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class SectionView:
    """What a page shows of a section.

    Attributes:
        title: As `Section.title`.
        statuses: The number of trials, and how they ended.
        rows: The table of variants.
        grids: Comparisons, other measures, effects.
        method: What the numbers mean.
        facts: Data, recipe, hardware and versions, by name.
        commands: The commands that run the trials again, one per line.
        plots, costs: Empty unless figures are drawn.
        left_out: For each variant that is not among the costs, the reason.
        without: As `Section.left_out`.
    """

    title: str
    statuses: str
    rows: list[VariantRow]
    grids: list[Grid]
    method: str
    facts: dict[str, str]
    commands: list[str]
    plots: list[Plot]
    costs: list[StageCosts]
    left_out: list[str]
    without: str


def section_view(section: Section, typed: str, found: Sequence[Finding], *, drawn: bool) -> SectionView:
    """A section with its tables; `drawn` adds figures, and the costs by stage, which builds the networks.

    Args:
        section: The trials.
        typed: The study as typed on the command line.
        found: The findings on the study.
        drawn: Whether figures and costs are shown.
    """
    costs, left_out = by_stage(section) if drawn else ([], [])
    return SectionView(
        title=section.title,
        statuses=statuses(section),
        rows=variant_rows(section),
        grids=_grids(section),
        method=summary.method(section),
        facts=_facts(section),
        commands=commands(section, typed),
        plots=plots(section, found) if drawn else [],
        costs=costs,
        left_out=left_out,
        without=section.left_out,
    )


def _grids(section: Section) -> list[Grid]:
    tables = {
        "Comparisons": summary.comparisons(section),
        "Other measures": summary.others(section),
        "Main effects and interactions": summary.effects(section),
    }
    return [_grid(title, table) for title, table in tables.items() if not table.empty]


def _grid(title: str, table: pd.DataFrame) -> Grid:
    return Grid(title, list(table.columns), [[minus_signs(text) for text in row] for row in table.values.tolist()])


def _facts(section: Section) -> dict[str, str]:
    facts = summary.facts(section)
    fingerprints = {record.fingerprint for record in section.records}
    facts["Data fingerprint"] = ", ".join(sorted(fingerprints))
    if section.lock:
        lock = next((lock for lock in locks.load_locks(section.store.folder) if lock["lock"] == section.lock), None)
        facts["Lock"] = f"{section.lock}, made {lock['locked']}" if lock else f"{section.lock}, whose file is not here"
    return facts
