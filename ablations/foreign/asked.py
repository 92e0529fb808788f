"""What a user says about foreign tables; all of it can be left out where the tables say it themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ablations.foreign.cells import is_missing, key
from ablations.foreign.measures import NAMES, check_measure
from ablations.foreign.tables import Table
from ablations.study.checks import as_tuple, check_type
from inception_keras.errors import UserError, unknown

COLUMNS = ("run", "seed", "example", "score", "arms", "where")
UNITS = ("auto", "fraction", "percent", "plain")


@dataclass(frozen=True)
class Asked:
    """What was typed about the columns; `None` and `()`: the tables tell.

    Attributes:
        run, seed, example, score: Names of columns.
        arms: Columns that are one arm each.
        where: `COLUMN=VALUE`: the rows to keep.
        unit: `fraction` (1 is all right), `percent`, `plain` (no accuracy), or `auto`.
        less_is_better: Whether a lower score is better; `None`: by the name of the column.
        paired: `False`: equal seeds are no pairs.
        measure: What to make of columns of label and prediction: `accuracy`, `balanced_accuracy`, `macro_f1`,
            `calibration_error` (of a column of confidence too), `class:NAME` (the accuracy of that class), or one's own
            `module:function` of labels and predictions.
    """

    run: str | None = None
    seed: str | None = None
    example: str | None = None
    score: str | None = None
    arms: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    unit: str = "auto"
    less_is_better: bool | None = None
    paired: bool = True
    measure: str = "accuracy"

    def __post_init__(self):
        for name in ("run", "seed", "example", "score"):
            if getattr(self, name) is not None:
                check_type(name, getattr(self, name), str, "the name of a column")
        for name, like in (
            ("arms", "names of columns, such as ('old', 'new')"),
            ("where", "text, such as ('epoch=90',)"),
        ):
            object.__setattr__(self, name, as_tuple(name, getattr(self, name), str, like))
        check_type("paired", self.paired, bool, "True or False")
        if self.less_is_better is not None:
            check_type("less_is_better", self.less_is_better, bool, "True, False or None")
        check_type("measure", self.measure, str, "the name of a measure, such as 'macro_f1'")
        if self.unit not in UNITS:
            raise unknown("unit", self.unit, UNITS)
        check_measure(self.measure)
        if self.measure != "accuracy" and (self.score or self.arms):
            raise UserError("--measure is made of columns of label and prediction: drop --score and --arms")
        if self.score and self.arms:
            raise UserError("--score names the one column of scores, --arms a column per arm: give one of them")


def check_no_columns(asked: Asked, source: str, sign: str = "--"):
    """Checks that nothing is asked about columns of results that have none; `sign` is before names of options.

    Raises:
        UserError: Something is: it would be ignored.
    """
    said = [sign + name for name in COLUMNS if getattr(asked, name) not in (None, ())]
    if said:
        raise UserError(f"{source}: there are no columns, as {' and '.join(said)} would need: drop it, or give a table")


def check_no_measure(asked: Asked, source: str, instead: str = "", sign: str = "--"):
    """Checks that no measure is asked of results without labels and predictions; `instead` says what may be given.

    Raises:
        UserError: One is: it would be ignored.
    """
    if asked.measure != NAMES[0]:
        raise UserError(
            f"{source}: {sign}measure {asked.measure} is made of labels and predictions, which are not there: "
            f"{instead}drop it"
        )


def kept_rows(table: Table, where: Sequence[str]) -> Table:
    """The table with the rows that every `COLUMN=VALUE` fits.

    Raises:
        UserError: A condition has no `=`, names no column, or fits no row.
    """
    rows = table.rows
    for condition in where:
        name, equals, wanted = condition.partition("=")
        if not equals:
            raise UserError(f"--where takes COLUMN=VALUE, such as epoch=90; got {condition!r}")
        name = column(table, name)
        rows = [row for row in rows if _as_text(table, row[1][name]) == _as_text(table, wanted)]
        if not rows:
            raise UserError(f"{table.source}: no row has {name}={wanted}")
    return Table(table.source, table.columns, rows, table.decimal_comma, table.notes)


def column(table: Table, name: str) -> str:
    """The column of this name; capitals do not matter.

    Raises:
        UserError: There is none.
    """
    found = [own for own in table.columns if own == name] or [
        own for own in table.columns if own.lower() == name.strip().lower()
    ]
    if not found:
        raise unknown(f"column of {table.source}", name, table.columns)
    return found[0]


def _as_text(table: Table, cell: Any) -> str:
    return "" if is_missing(cell) else key(cell, "", "", table.decimal_comma)
