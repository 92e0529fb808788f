"""What the columns of a foreign table mean: which is the run, the seed, the example, the score."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ablations.foreign.asked import Asked, column
from ablations.foreign.cells import is_missing, number
from ablations.foreign.keys import is_counted, is_key, key_column
from ablations.foreign.measures import CALIBRATION
from ablations.foreign.names import (
    CONFIDENCES,
    COUNTS,
    EXAMPLES,
    GROUPS,
    LABELS,
    NAMES,
    PREDICTIONS,
    bare,
    is_beside,
    is_score,
    is_setting,
)
from ablations.foreign.settings import without_settings
from ablations.foreign.tables import Table
from inception_keras.errors import UserError


@dataclass(frozen=True)
class Roles:
    """The columns of a table by their meaning.

    Attributes:
        run, seed, example: Column names; `None` if the table has no such column.
        scores: The column of scores; or one column per arm, if `wide`.
        answer: The columns of prediction and label, whose equality is the score; else `None`.
        confidence: The column of the predictions' probabilities, if the measure needs it.
        wide: Whether each column of `scores` is an arm.
        settings: Columns of one number in every row, which are taken as no arms.
        named_settings: Columns of numbers that are settings of a score by their names.
    """

    run: str | None
    seed: str | None
    example: str | None
    scores: tuple[str, ...]
    answer: tuple[str, str] | None = None
    confidence: str | None = None
    wide: bool = False
    settings: tuple[str, ...] = ()
    named_settings: tuple[str, ...] = ()


def find_roles(table: Table, asked: Asked) -> Roles:
    """The meaning of a table's columns, by what was asked, else by their names.

    Raises:
        UserError: It can't be told, or a column that was asked for is not there.
    """
    run = _asked(table, asked.run) or run_column(table)
    seed = _asked(table, asked.seed) or key_column(table)
    example = _asked(table, asked.example) or _first(table, EXAMPLES)
    if run and not seed and not asked.run and is_counted(table, run):
        run, seed = None, run
    taken = {run, seed, example}
    if asked.arms:
        arms = tuple(column(table, name) for name in asked.arms)
        return Roles(None, seed, example, arms, wide=True)
    if asked.score:
        return Roles(run, seed, example, (column(table, asked.score),))
    prediction, label = _first(table, PREDICTIONS), _first(table, LABELS)
    if asked.measure != "accuracy":
        if not prediction or not label:
            raise UserError(f"--measure {asked.measure} needs columns of label and prediction in {table.source}")
        confidence = _first(table, CONFIDENCES)
        if asked.measure == CALIBRATION and not confidence:
            raise UserError(f"--measure {asked.measure} needs a column of confidence in {table.source}")
        return Roles(run, seed, example, (prediction,), (prediction, label), confidence)
    free = [name for name in table.columns if name not in taken and not is_key(table, name)]
    numeric = [name for name in free if _is_numeric(table, name)]
    by_name = tuple(name for name in numeric if is_setting(name))
    named = [name for name in numeric if is_score(name)]
    if not (prediction and label):
        _check_texts(table, [name for name in table.columns if name not in {*taken, *numeric}], numeric)
    if len(named) > 1:
        raise UserError(
            f"{table.source} has several columns of scores ({', '.join(named)}): type --score {named[0]}, or "
            f"--arms {','.join(named)} if each is an arm"
        )
    if named:
        return Roles(run, seed, example, (named[0],), named_settings=by_name)
    if prediction and label:
        return Roles(run, seed, example, (prediction,), (prediction, label))
    others = [name for name in numeric if not is_beside(name) and name not in by_name]
    if not others:
        raise UserError(
            f"{table.source} has no column of numbers besides keys: name the one of the scores with --score"
        )
    if len(others) == 1:
        return Roles(run, seed, example, (others[0],), named_settings=by_name)
    if run:
        raise UserError(f"{table.source}: which of {', '.join(others)} is the score? Type --score {others[0]}")
    arms = without_settings(table, others)
    settings = tuple(name for name in others if name not in arms)
    return Roles(None, seed, example, arms, wide=True, settings=settings, named_settings=by_name)


def _check_texts(table: Table, names: Sequence[str], numeric: Sequence[str]):
    """Refuses a column that is one of scores by its name, and has texts with numbers: another would be the score.

    Texts without a number, such as `loss = focal`, name a kind.

    Raises:
        UserError: There is one.
    """
    for name in filter(is_score, names):
        texts = [
            (line, str(cells[name]))
            for line, cells in table.rows
            if not is_missing(cells[name]) and number(cells[name], table.decimal_comma) is None
        ]
        line, text = next(((line, text) for line, text in texts if re.match(r"[^\w]*\d", text)), (0, ""))
        if text:
            others = [one for one in numeric if not is_beside(one) and bare(one) not in COUNTS]
            instead = f", or type --score {others[0]} if that is the score" if others else ""
            raise UserError(
                f"{table.source}, line {line}: {name} has the name of a score, and {text[:40]!r} is no number: write "
                "the number alone (a spread belongs in another column; of a mean over runs, a column `n` says of how "
                f"many){instead}"
            )


def _asked(table: Table, name: str | None) -> str | None:
    return None if name is None else column(table, name)


def _first(table: Table, names: tuple[str, ...]) -> str | None:
    """The column with the first of the names that the table has."""
    own = {bare(name): name for name in reversed(table.columns)}
    return next((own[name] for name in names if name in own), None)


def run_column(table: Table) -> str | None:
    """The column that says whose score it is: one of groups of runs rather than of single runs."""
    filled = {bare(name): name for name in reversed(table.columns) if _is_filled(table, name)}
    groups = [filled[name] for name in GROUPS if name in filled and not _is_measured(table, filled[name])]
    varying = [name for name in groups if len({str(cells[name]) for _, cells in table.rows}) > 1]
    if len(varying) > 1:
        raise UserError(f"{table.source}: which of {', '.join(varying)} names the arm? Type --run {varying[0]}")
    named = [filled[name] for name in NAMES if name in filled]
    return next(iter([*varying, *groups, *named]), None)


def _is_filled(table: Table, name: str) -> bool:
    return not any(is_missing(cells[name]) for _, cells in table.rows)


def _is_measured(table: Table, name: str) -> bool:
    """Whether a column holds fractional numbers: an arm that is called `model`, not the names of models."""
    found = [number(cells[name], table.decimal_comma) for _, cells in table.rows]
    return all(found) and any(one is not None and one.value != int(one.value) for one in found)


def _is_numeric(table: Table, name: str) -> bool:
    """Whether a column is one of numbers: of one that has a text among them, the text is the mistake."""
    cells = [row[name] for _, row in table.rows if not is_missing(row[name])]
    count = sum(number(cell, table.decimal_comma) is not None for cell in cells)
    return count > 0 and len(cells) <= 2 * count
