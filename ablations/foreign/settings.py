"""Columns of a wide table that are settings, such as `width = 64` in every row, and no arms."""

from collections.abc import Sequence

from ablations.foreign.cells import number
from ablations.foreign.tables import Table
from inception_keras.errors import UserError

ANSWERS = {0.0, 1.0}  # a perfect run has the same answer everywhere, and is an arm


def without_settings(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns of numbers without those of one number in every row, if any number varies.

    Raises:
        UserError: One column is left: it may be the score, or an arm beside one that does not vary.
    """
    values = {name: {_value(table, cells[name]) for _, cells in table.rows} for name in columns}
    varying = [name for name in columns if len(values[name]) > 1]
    if len(table.rows) < 2 or not varying:
        return tuple(columns)
    answers = all(values[name] <= {*ANSWERS, None} for name in varying)
    kept = [name for name in columns if name in varying or (answers and values[name] <= ANSWERS)]
    if len(kept) == 1 < len(columns):
        alike = [name for name in columns if name not in kept]
        raise UserError(
            f"{table.source}: {', '.join(alike)} {'has' if len(alike) == 1 else 'have'} one number in every row: type "
            f"--score {kept[0]} if that is the score, or --arms {','.join(columns)} if each is an arm"
        )
    return tuple(kept)


def settings_note(source: str, settings: Sequence[str], arms: Sequence[str]) -> list[str]:
    """Says which columns were left out, and how to take them in."""
    if not settings:
        return []
    named = f"{', '.join(settings)} {'has' if len(settings) == 1 else 'have'} one number in every row"
    return [f"{source}: {named}, so taken as no arm: if it is one, type --arms {','.join([*settings, *arms])}"]


def named_settings_note(source: str, settings: Sequence[str]) -> list[str]:
    """Says which columns are settings by their names, and how to make one the score."""
    if not settings:
        return []
    named = f"{', '.join(settings)} {'is a setting' if len(settings) == 1 else 'are settings'} by name"
    return [f"{source}: {named}, and no score: if it is the score, type --score {settings[0]}"]


def _value(table: Table, cell: object) -> float | None:
    found = number(cell, table.decimal_comma)
    return found.value if found else None
