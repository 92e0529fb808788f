"""Measures of foreign labels and predictions beside accuracy: one score per run, or the answers of one class.

`calibration_error` takes the probability of each prediction too, from a column of confidences.
"""

from ablations.foreign.cells import class_name
from ablations.foreign.tables import Table
from ablations.study.own_code import known
from ablations.study.own_measures import OwnMeasure, own_measure
from inception_keras.errors import unknown

CALIBRATION = "calibration_error"
NAMES = ("accuracy", "balanced_accuracy", "macro_f1", CALIBRATION)
CLASS = "class:"  # the accuracy of one class


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
    names = [class_name(cells[label], table.decimal_comma) for _, cells in table.rows]
    name = class_name(wanted, table.decimal_comma)
    rows = [row for row, own in zip(table.rows, names, strict=True) if own and own == name]
    if not rows:
        raise unknown(f"class of {table.source}", wanted, sorted(set(names) - {""}))
    return Table(table.source, table.columns, rows, table.decimal_comma, table.notes)


def measured(name: str) -> OwnMeasure:
    """The function from labels and predictions to a number that a measure is; a missing prediction is an empty text.

    Raises:
        UserError: A user's own function can't be imported, or fails.
    """
    from ablations.statistics import classification  # loads NumPy

    if name == "balanced_accuracy":
        return classification.balanced_accuracy
    if name == "macro_f1":
        # a missing prediction is wrong, and no class
        return lambda labels, given: classification.macro_f1(labels, given, sorted({*labels, *given} - {""}))
    return own_measure(known(name, "measure"))
