"""Rows that hold an arm's mean, spread and number of runs, as papers print them, instead of single runs."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ablations.foreign.asked import Asked, column
from ablations.foreign.cells import is_missing, number
from ablations.foreign.columns import Roles, run_column
from ablations.foreign.commas import comma_notes
from ablations.foreign.keys import key_column
from ablations.foreign.names import COUNTS, EXAMPLES, bare, is_beside, is_score, is_setting, less_is_better
from ablations.foreign.results import Result, Results
from ablations.foreign.rows import key_of, score_of
from ablations.foreign.tables import Row, Table
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.statistics import Summary

DEVIATIONS = {"std", "sd", "stdev", "stddev", "deviation"}  # a word of the names of their columns
ERRORS = {"sem", "se", "stderr"}
BESIDE = {"dev", "standard", "error", "of", "the", "mean"}  # beside one of these words
PLUS_MINUS = re.compile(r"\s*(?:±|\+/-|\+-|\$?\\pm\$?)\s*")
SIGN = "±"


def published(table: Table, asked: Asked) -> Results | None:
    """The results of a table of means; `None` if it is none, for want of a number of runs or of a spread.

    Raises:
        UserError: It is such a table, and which is the score can't be told, or a cell is not what its column needs.
    """
    count = _count(table)
    if count is None or asked.seed or asked.example or asked.arms or key_column(table) or _examples(table):
        return None
    run = column(table, asked.run) if asked.run else run_column(table)
    score = _score(table, asked, {run, count})
    spread = score and _spread(table, score)
    if score is None or spread is None:
        return None
    table = _in_two_columns(table, score) if _has_sign(table, score) else table
    results = [_result(table, row, run, score, spread, count) for row in table.rows]
    _check_names(table, results)
    roles = Roles(run, None, None, (score,))
    notes = [*table.notes, _note(table, spread, count), *comma_notes(table, roles, asked)]
    return Results(table.source, score, less_is_better(score), results, "", notes)


def _count(table: Table) -> str | None:
    """The column of how many runs there were."""
    own = {bare(name): name for name in reversed(table.columns)}
    found = [own[name] for name in COUNTS if name in own]
    return next((name for name in found if all(_runs(table, row, name) for row in table.rows)), None)


def _runs(table: Table, row: Row, name: str) -> int:
    """How many runs a row is of; 0 if its cell is no such number."""
    found = number(row[1][name], table.decimal_comma)
    return int(found.value) if found and not found.percent and found.value == int(found.value) >= 1 else 0


def _examples(table: Table) -> bool:
    return any(bare(name) in EXAMPLES for name in table.columns)


def _score(table: Table, asked: Asked, taken: set[str | None]) -> str | None:
    """The column of means: of numbers, or of texts such as `76.2 ± 0.3`."""
    if asked.score:
        return column(table, asked.score)
    free = [
        name
        for name in table.columns
        if name not in taken and _kind(name) is None and not is_beside(name) and not is_setting(name)
    ]
    means = [name for name in free if _is_of_numbers(table, name)]
    means = [name for name in means if is_score(name)] or means
    if len(means) > 1 and any(_spread(table, name) for name in means):
        raise UserError(f"{table.source}: which of {', '.join(means)} is the score? Type --score {means[0]}")
    return means[0] if len(means) == 1 else None


def _is_of_numbers(table: Table, name: str) -> bool:
    cells = [row[name] for _, row in table.rows if not is_missing(row[name])]
    return bool(cells) and all(number(_parts(cell)[0], table.decimal_comma) for cell in cells)


def _parts(cell: object) -> list[object]:
    """What stands before and behind a ±; a cell without one is one part."""
    return [*PLUS_MINUS.split(cell, maxsplit=1)] if isinstance(cell, str) else [cell]


def _has_sign(table: Table, score: str) -> bool:
    return any(len(_parts(cells[score])) > 1 for _, cells in table.rows)


def _spread(table: Table, score: str) -> str | None:
    """The column of the spread of a score, or `±` if it stands in the cells of the score."""
    if _has_sign(table, score):
        return SIGN
    found = [name for name in table.columns if _kind(name) is not None]
    own = [name for name in found if _subject(name) == _subject(score)]
    return next(iter(own or found[: len(found) == 1]), None)


def _kind(name: str) -> str | None:
    """Whether a column holds standard deviations (`sd`) or standard errors (`se`), by its name.

    >>> _kind("acc_std"), _kind("Standard error"), _kind("top-1 error"), _kind("std error of the mean"), _kind("±")
    ('sd', 'se', None, 'se', 'sd')
    """
    if name.strip() == SIGN:
        return "sd"
    words = set(bare(name).split("_"))
    if words & ERRORS or {"standard", "error"} <= words or {"std", "error"} <= words:
        return "se"
    return "sd" if words & DEVIATIONS or {"standard", "dev"} <= words or {"std", "dev"} <= words else None


def _subject(name: str) -> set[str]:
    """What a column of means or spreads is of: the words of its name without those of a spread.

    >>> _subject("std_acc") == _subject("mean_acc")
    True
    """
    words = set(bare(name).split("_"))
    return words - DEVIATIONS - ERRORS - (BESIDE if _kind(name) else {"mean"})


def _in_two_columns(table: Table, score: str) -> Table:
    """The table with the spreads of `76.2 ± 0.3` in a column of their own."""
    columns = (*table.columns, SIGN)
    rows = []
    for line, cells in table.rows:
        mean, *spread = _parts(cells[score])
        rows.append((line, {**cells, score: mean, SIGN: spread[0] if spread else None}))
    return Table(table.source, columns, rows, table.decimal_comma, table.notes)


def _result(table: Table, row: Row, run: str | None, score: str, spread: str, count: str) -> Result:
    line, cells = row
    name, n = key_of(table, row, run, "run"), _runs(table, row, count)
    mean, found = (score_of(table, cells[own], f"{table.source}, line {line}, {own}") for own in (score, spread))
    if mean is None:
        return Result(name, "", "", None, line)
    if n == 1:
        return Result(name, "", "", mean, line, _summary(mean.value, math.nan, 1))
    if found is None:
        where = f"no {SIGN} behind {score}" if spread == SIGN else f"{spread} is missing"
        raise UserError(
            f"{table.source}, line {line}: {where}, and without a spread nothing says how much {n} runs vary: give it, "
            "or leave the row out with --where"
        )
    if found.value < 0:
        raise UserError(f"{table.source}, line {line}, {spread}: a spread is 0 or more; got {found.value:g}")
    sd = found.value * math.sqrt(n) if _kind(spread) == "se" else found.value
    return Result(name, "", "", mean, line, _summary(mean.value, sd, n))


def _summary(mean: float, sd: float, n: int) -> "Summary":
    from ablations.statistics import Summary  # loads NumPy

    return Summary(mean, sd, n)


def _check_names(table: Table, results: Sequence[Result]):
    seen: dict[str, int] = {}
    for one in results:
        before = seen.setdefault(one.run, one.line)
        if before != one.line:
            raise UserError(
                f"{table.source}: {one.run or 'an arm'} has two means (lines {before} and {one.line}): keep one with "
                "--where COLUMN=VALUE, or name the column of the arms with --run"
            )


def _note(table: Table, spread: str, count: str) -> str:
    taken = f"{spread} is the standard deviation over them"
    if spread == SIGN:
        taken = f"what is behind {SIGN} is their standard deviation (a standard error needs a column `stderr`)"
    elif _kind(spread) == "se":
        taken = f"{spread} is the standard error of the mean"
    return f"{table.source}: each row is a mean over runs, as many as {count} says, and {taken}"
