"""Cells of foreign tables as numbers and keys."""

import math
import re
from typing import Any, NamedTuple

from inception_keras.errors import UserError

MISSING = {"", "nan", "na", "n/a", "none", "null", "-", "–", "?", "inf", "-inf", "+inf", "infinity", "-infinity"}
NO_CLASS = {"", "nan", "na", "n/a", "null"}  # "none", "?" and "-" may be names of classes
TRUTHS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}


class Number(NamedTuple):
    """A number of a cell; `percent` if a percent sign is behind it, `comma` its text if it has a comma for a point."""

    value: float
    percent: bool = False
    comma: str = ""

    @property
    def may_have_thousands(self) -> bool:
        """Whether its comma may as well divide thousands."""
        return bool(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", self.comma))


def is_missing(cell: Any) -> bool:
    """Whether a cell holds nothing, or nothing finite."""
    if isinstance(cell, str):
        return cell.strip().lower() in MISSING
    return cell is None or (isinstance(cell, float) and not math.isfinite(cell))


def number(cell: Any, decimal_comma: bool = False) -> Number | None:
    """A cell as a number; `None` if it is no number.

    >>> number("76,5 %", decimal_comma=True), number("1,234")
    (Number(value=76.5, percent=True, comma='76,5'), None)
    """
    if isinstance(cell, (bool, int, float)):
        try:
            return Number(float(cell))
        except OverflowError:
            return None
    text = str(cell).strip().lower()
    if text in TRUTHS:
        return Number(TRUTHS[text])
    percent = text.endswith("%")
    text = text.removesuffix("%").strip().replace("−", "-")
    comma = text if decimal_comma and re.fullmatch(r"[+-]?\d*,\d+(e[+-]?\d+)?", text) else ""
    text = comma.replace(",", ".") or text
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text):
        return None
    value = float(text)
    return Number(value, percent, comma) if math.isfinite(value) else None


def key(cell: Any, where: str, what: str, decimal_comma: bool = False) -> str:
    """A cell that names a seed or an example; `3.0` is `3`, since a column with gaps is often written so.

    Raises:
        UserError: It is empty.
    """
    if is_missing(cell):
        raise UserError(f"{where}: the {what} is missing")
    return _name(cell, decimal_comma)


def class_name(cell: Any, decimal_comma: bool = False) -> str:
    """The class that a label or a prediction names, whole numbers as in `key`; empty if it names none.

    >>> class_name(" 2.0"), class_name("2,0", decimal_comma=True), class_name("NaN"), class_name("none")
    ('2', '2', '', 'none')
    """
    name = "" if cell is None else _name(cell, decimal_comma)
    return "" if name.lower() in NO_CLASS else name


def _name(cell: Any, decimal_comma: bool) -> str:
    text = str(cell).strip()
    whole = re.fullmatch(r"([+-]?\d+)(\.0+|,0)?" if decimal_comma else r"([+-]?\d+)(\.0+)?", text)
    # not by way of a float, which gives long numbers the same digits
    return str(int(whole[1])) if whole else text


def in_order(keys: set[str]) -> list[str]:
    """Keys sorted by number where all are whole numbers, else as texts.

    >>> in_order({"10", "9"}), in_order({"10", "9", "a"})
    (['9', '10'], ['10', '9', 'a'])
    """
    try:
        return sorted(keys, key=int)
    except ValueError:
        return sorted(keys)
