"""Runs that ended, where a column says which did."""

from dataclasses import replace

from ablations.foreign.names import bare
from ablations.foreign.tables import Table
from ablations.study.decimals import counted

FINISHED = {"finished", "done", "completed", "success"}


def finished(table: Table) -> Table:
    """The rows of runs that ended, if a column says which did."""
    for name in table.columns:
        if bare(name) not in ("status", "state"):
            continue
        kept = [row for row in table.rows if str(row[1][name]).strip().lower() in FINISHED]
        if kept and len(kept) < len(table.rows):
            runs = counted(len(table.rows) - len(kept), "runs")
            note = f"{table.source}: {runs} did not finish ({name}) and are left out"
            return replace(table, rows=kept, notes=[*table.notes, note])
    return table
