"""Measures of foreign labels and predictions beside accuracy: one score per run, or the answers of one class.

`calibration_error` takes the probability of each prediction too, from a column of confidences.
"""

import importlib
from collections.abc import Callable
from typing import Any

from ablations.foreign.tables import Table
from inception_keras.errors import UserError, in_one_line, unknown

CALIBRATION = "calibration_error"
NAMES = ("accuracy", "balanced_accuracy", "macro_f1", CALIBRATION)
CLASS = "class:"  # the accuracy of one class
Measured = Callable[[list[str], list[str]], float]  # from labels and predictions


def check_measure(name: str):
    """Checks the name of a measure.

    Raises:
        UserError: It is none of `NAMES`, no `class:NAME` and no `module:function`.
    """
    if name not in NAMES and ":" not in name:
        raise unknown("measure", name, (*NAMES, "class:NAME", "module:function"))


def of_class(table: Table, label: str, wanted: str) -> Table:
    """The rows whose label is the wanted class.

    Raises:
        UserError: There is none.
    """
    rows = [row for row in table.rows if str(row[1][label]).strip() == wanted]
    if not rows:
        raise unknown(
            f"class of {table.source}", wanted, sorted({str(cells[label]).strip() for _, cells in table.rows})
        )
    return Table(table.source, table.columns, rows, table.decimal_comma, table.notes)


def measured(name: str) -> Measured:
    """The function from labels and predictions to a number that a measure is.

    Raises:
        UserError: A user's own function can't be imported, or fails.
    """
    from ablations.statistics import classification  # loads NumPy

    if name == "balanced_accuracy":
        return classification.balanced_accuracy
    if name == "macro_f1":
        return classification.macro_f1
    module, _, function = name.partition(":")
    try:
        own: Any = getattr(importlib.import_module(module), function)
    except Exception as error:  # the user's module may raise anything
        raise UserError(f"measure {name!r} can't be imported: {type(error).__name__}: {in_one_line(error)}") from error

    def called(labels: list[str], predictions: list[str]) -> float:
        try:
            return float(own(labels, predictions))
        except Exception as error:
            raise UserError(f"measure {name!r} failed: {type(error).__name__}: {in_one_line(error)}") from error

    return called
