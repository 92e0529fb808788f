"""Rows of a table, whose columns have a meaning, as single results."""

from collections.abc import Sequence

from ablations.foreign.asked import Asked
from ablations.foreign.cells import Number, class_name, is_missing, key, number
from ablations.foreign.classes import labelled, spelled_as_labels
from ablations.foreign.columns import Roles
from ablations.foreign.measures import CALIBRATION, CLASS, measured, of_class
from ablations.foreign.results import Result
from ablations.foreign.tables import Table
from inception_keras.errors import UserError


def with_classes(table: Table, roles: Roles, prediction: str, label: str, measure: str) -> Table:
    """The rows with a label that the measure is of, whose predictions name the same classes as the labels."""

    def arm(row: tuple[int, dict]) -> str:
        return key_of(table, row, roles.run, "run")

    kept = spelled_as_labels(labelled(table, label, arm), prediction, label, arm)
    return of_class(kept, label, measure.removeprefix(CLASS)) if measure.startswith(CLASS) else kept


def results_of_rows(table: Table, roles: Roles) -> list[Result]:
    made = []
    for row in table.rows:
        line, cells = row
        run, seed = key_of(table, row, roles.run, "run"), key_of(table, row, roles.seed, "seed")
        example = key_of(table, row, roles.example, "example")
        if roles.answer:
            first, second = (class_name(cells[name], table.decimal_comma) for name in roles.answer)
            score: Number | None = Number(float(first == second))
        else:
            score = score_of(table, cells[roles.scores[0]], f"{table.source}, line {line}, {roles.scores[0]}")
        made.append(Result(run, seed, example, score, line))
    return made


def results_of_columns(table: Table, roles: Roles, arms: Sequence[str]) -> list[Result]:
    made = []
    for row in table.rows:
        line, cells = row
        seed, example = key_of(table, row, roles.seed, "seed"), key_of(table, row, roles.example, "example")
        for name in arms:
            score = score_of(table, cells[name], f"{table.source}, line {line}, {name}")
            made.append(Result(name, seed, example, score, line))
    return made


def results_of_runs(table: Table, roles: Roles, asked: Asked) -> list[Result]:
    """One score per run, of all its labels and predictions."""
    assert roles.answer is not None, "a measure is made of labels and predictions"
    groups: dict[tuple[str, str], list[tuple[int, dict]]] = {}
    for row in table.rows:
        run, seed = key_of(table, row, roles.run, "run"), key_of(table, row, roles.seed, "seed")
        groups.setdefault((run, seed), []).append(row)
    made = []
    for (run, seed), rows in groups.items():
        columns = [
            [class_name(cells[name], table.decimal_comma) for _, cells in rows] for name in reversed(roles.answer)
        ]
        if asked.measure == CALIBRATION:
            right = [label == guess for label, guess in zip(*columns, strict=True)]
            value = _calibration_error(table, rows, roles, right)
        else:
            value = measured(asked.measure)(*columns)
        made.append(Result(run, seed, "", Number(value), rows[0][0]))
    return made


def _calibration_error(table: Table, rows: list[tuple[int, dict]], roles: Roles, right: list[bool]) -> float:
    from ablations.statistics import classification  # loads NumPy

    assert roles.confidence is not None, "the measure needs it"
    found = []
    for line, cells in rows:
        where = f"{table.source}, line {line}, {roles.confidence}"
        confidence = score_of(table, cells[roles.confidence], where)
        if confidence is None or not 0 <= confidence.value <= 1:
            raise UserError(f"{where}: a confidence is a probability, from 0 to 1")
        found.append(confidence.value)
    return classification.calibration_error(found, right)


def key_of(table: Table, row: tuple[int, dict], name: str | None, what: str) -> str:
    """The key in a column of a row; empty without such a column."""
    line, cells = row
    return key(cells[name], f"{table.source}, line {line}", what, table.decimal_comma) if name else ""


def score_of(table: Table, cell: object, where: str) -> Number | None:
    if is_missing(cell):
        return None
    found = number(cell, table.decimal_comma)
    if found is None:
        raise UserError(f"{where}: {str(cell)[:40]!r} is no number")
    return found
