"""Commas in numbers: a decimal sign, or one that divides thousands."""

from collections.abc import Sequence

from ablations.foreign.asked import Asked
from ablations.foreign.cells import number
from ablations.foreign.columns import Roles
from ablations.foreign.measures import CALIBRATION
from ablations.foreign.results import Results
from ablations.foreign.tables import Table
from inception_keras.errors import UserError


def comma_notes(table: Table, roles: Roles, asked: Asked) -> list[str]:
    """Says that a comma is taken as a decimal sign, if one is."""
    names = (roles.confidence,) if asked.measure == CALIBRATION else () if roles.answer else roles.scores
    cells = (row[name] for _, row in table.rows for name in names if name) if table.decimal_comma else ()
    commas = (found.comma for cell in cells if (found := number(cell, True)))
    first = next(filter(None, commas), "")
    return [f"{table.source}: a comma in a number is its decimal sign, as in {first}"] if first else []


def check_commas(files: Sequence[Results]):
    """Refuses scores with a comma that may be the decimal sign, or may divide thousands.

    It may be either in a file where each comma stands before exactly three digits, while other scores have none: 980
    and 1,020 are what a program writes that divides thousands, and what one writes that drops zeros at the end.

    Raises:
        UserError: There are such scores.
    """
    if all(one.score.comma for file in files for one in file.results if one.score):
        return
    for file in files:
        with_comma = [(one.line, one.score) for one in file.results if one.score and one.score.comma]
        if with_comma and all(score.may_have_thousands for _, score in with_comma):
            line, score = with_comma[0]
            thousands, decimals = (score.comma.replace(",", sign) for sign in ("", "."))
            raise UserError(
                f"{file.source}, line {line}: {score.comma} may be {thousands} or {decimals}, since other scores have "
                "no comma: write a point as the decimal sign, and thousands without a sign"
            )
