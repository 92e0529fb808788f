"""Which sign separates the cells of a text: the one by which its lines have as many cells as the header."""

import csv
import io
from itertools import islice

SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
LINES = 100  # that are looked at


def separator_of(text: str) -> str:
    r"""The separator of a text: by the share of lines that fit the header, then another sign than a comma.

    A comma comes last, since it may be a decimal sign and stand in a name: `Seed;Accuracy (top-1, test)` above
    `0;81,05` has two cells in every line by either sign. Without any separator it is a semicolon, so that commas in a
    column of numbers are decimal signs.

    >>> separator_of("Seed;Accuracy (top-1, test)\n0;81,05"), separator_of("seed,top-1; test\n0,0.8")
    (';', ',')
    """
    found = {sign: _lines(text, sign) for sign in SEPARATORS}
    divided = {sign: lines for sign, lines in found.items() if len(lines[0]) > 1}
    return max(divided, key=lambda sign: (*_fit(divided[sign]), sign != ",", len(divided[sign][0])), default=";")


def _lines(text: str, sign: str) -> list[list[str]]:
    """The cells of each line that has any; without those at its end that are empty and beyond the header."""
    lines: list[list[str]] = []
    for cells in islice(csv.reader(io.StringIO(text, newline=""), delimiter=sign, skipinitialspace=True), LINES):
        while lines and len(cells) > len(lines[0]) and not cells[-1].strip():
            cells = cells[:-1]
        if any(cell.strip() for cell in cells):
            lines.append(cells)
    return lines


def _fit(lines: list[list[str]]) -> tuple[float, bool]:
    """The share of lines with as many cells as the header, and whether no quoted name of it is torn."""
    header, *others = lines
    share = sum(len(cells) == len(header) for cells in others) / len(others) if others else 0.0
    return share, not any(cell.count('"') % 2 for cell in header)
