"""Rows at the end of a table that sum up its runs: means, spreads, the best. They are no runs."""

from dataclasses import replace

from ablations.foreign.asked import Asked, column
from ablations.foreign.cells import is_missing, number
from ablations.foreign.names import KEYS, PANDAS, PLACES, bare
from ablations.foreign.tables import Table
from inception_keras.errors import UserError

RUNS = ("run", "trial")  # that are numbered
SUMMARIES = {
    *("mean", "average", "avg", "median", "best", "worst", "min", "max", "minimum", "maximum", "total", "sum", "count"),
    *("std", "sd", "stdev", "stddev", "standard", "dev", "deviation", "var", "variance", "sem", "se", "stderr", "ci"),
}
BESIDE = {"error", "err", "of", "and", "all", "runs", "seeds", "overall"}  # beside one of these


def without_summaries(table: Table, asked: Asked) -> Table:
    """The table without rows that have the name of a summary where others have a number of a seed.

    Raises:
        UserError: All rows have such names.
    """
    for name in table.columns:
        if not _numbers_runs(table, name, asked):
            continue
        known = [(line, str(cells[name])) for line, cells in table.rows if not is_missing(cells[name])]
        summaries = {line: text for line, text in known if _is_summary(text)}
        seeds = [text for line, text in known if line not in summaries]
        if not summaries or not all(_is_whole(table, text) for text in seeds):
            continue
        named = ", ".join(dict.fromkeys(summaries.values()))
        if not seeds:
            raise UserError(f"{table.source} has summaries alone ({name}: {named}): give the scores of single runs")
        rows = [row for row in table.rows if row[0] not in summaries]
        note = f"{table.source}: rows that sum up runs are left out ({name or 'first column'}: {named})"
        table = replace(table, rows=rows, notes=[*table.notes, note])
    return table


def _numbers_runs(table: Table, name: str, asked: Asked) -> bool:
    """Whether a column may hold seeds, or the places of rows."""
    if asked.seed:
        return name == column(table, asked.seed)
    return bare(name) in (*KEYS, *RUNS, *PLACES) or bool(PANDAS.fullmatch(bare(name)))


def _is_summary(text: str) -> bool:
    """Whether a cell names a summary.

    >>> _is_summary("Mean ± std"), _is_summary("avg."), _is_summary("standard error of mean"), _is_summary("all")
    (True, True, True, False)
    """
    words = set(bare(text).split("_"))
    return bool(words & SUMMARIES) and words <= SUMMARIES | BESIDE


def _is_whole(table: Table, text: str) -> bool:
    found = number(text, table.decimal_comma)
    return found is not None and found.value == int(found.value)
