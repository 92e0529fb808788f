"""Columns that tell runs apart: seeds, repeats and folds, alone or together."""

import re
from dataclasses import replace

from ablations.foreign.asked import Asked
from ablations.foreign.cells import is_missing, key
from ablations.foreign.names import COUNTED, FOLDS, KEYS, REPEATS, SEEDS, bare
from ablations.foreign.tables import Table


def key_column(table: Table, names: tuple[str, ...] = KEYS) -> str | None:
    """The column with the first of the names that the table has."""
    own = {bare(name): name for name in reversed(table.columns)}
    found = (own[name] for name in names if name in own)
    return next((name for name in found if bare(name) not in COUNTED or is_counted(table, name)), None)


def is_key(table: Table, name: str) -> bool:
    """Whether a column of numbers tells runs apart, and is neither a score nor an arm."""
    return bare(name) in KEYS and is_counted(table, name)


def is_counted(table: Table, name: str) -> bool:
    """Whether a column holds whole numbers: runs 0 to 7 are seeds, and no names of arms."""
    known = [cells[name] for _, cells in table.rows if not is_missing(cells[name])]
    return bool(known) and all(re.fullmatch(r"\d+", key(cell, "", "", table.decimal_comma)) for cell in known)


def with_joined_keys(table: Table, asked: Asked) -> tuple[Table, Asked]:
    """The table with one key per run where a seed, a repeat and a fold stand in columns of their own.

    Fold 0 of repeat 1 is another run than fold 0 of repeat 0.
    """
    said = {name.lower() for name in (asked.run, asked.example, asked.score, *asked.arms) if name}
    found = [name for names in (SEEDS, REPEATS, FOLDS) if (name := key_column(table, names))]
    parts = [name for name in found if name.lower() not in said]
    if asked.seed or len(parts) < 2:
        return table, asked
    joined = " and ".join(parts)
    rows = [(line, {joined: _joined(table, cells, parts), **cells}) for line, cells in table.rows]
    others = [name for name in table.columns if name not in parts]
    return replace(table, columns=(joined, *others), rows=rows), replace(asked, seed=joined)


def _joined(table: Table, cells: dict, parts: list[str]) -> str | None:
    if any(is_missing(cells[name]) for name in parts):
        return None
    return ", ".join(f"{name} {key(cells[name], '', '', table.decimal_comma)}" for name in parts)


def folds_note(source: str, seed: str | None) -> list[str]:
    """Says that folds are no independent runs, if they are the runs."""
    folds = [name for name in (seed or "").split(" and ") if bare(name) in FOLDS]
    return [
        f"{source}: {name} is taken as a fold of a cross-validation; folds share training data, so they are no "
        "independent runs, and the interval is too narrow"
        for name in folds
    ]
