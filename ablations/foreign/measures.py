"""Measures of foreign labels and predictions beside accuracy: one score per run, or the answers of one class.

`calibration_error` takes the probability of each prediction too, from a column of confidences.
"""

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
    rows = [row for row in table.rows if str(row[1][label]).strip() == wanted]
    if not rows:
        raise unknown(
            f"class of {table.source}", wanted, sorted({str(cells[label]).strip() for _, cells in table.rows})
        )
    return Table(table.source, table.columns, rows, table.decimal_comma, table.notes)


def measured(name: str) -> OwnMeasure:
    """The function from labels and predictions to a number that a measure is.

    Raises:
        UserError: A user's own function can't be imported, or fails.
    """
    from ablations.statistics import classification  # loads NumPy

    if name == "balanced_accuracy":
        return classification.balanced_accuracy
    if name == "macro_f1":
        return classification.macro_f1
    return own_measure(known(name, "measure"))
