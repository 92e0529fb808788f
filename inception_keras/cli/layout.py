"""Lays out tables for a terminal of any width: numbers stay whole, texts wrap between words.

A table that is too wide loses its optional columns first. If its least width is still too much, each row becomes a
block with one line per column. A share of a number never stands on another line than the rest of it.
"""

import re
from collections.abc import Sequence

from rich.cells import cell_len

GAP = "  "  # between columns
TEXT = 18  # columns below which a longer text is not narrowed
LABEL = 22  # columns of the names in a block, at most
NONE = ("", "–")  # cells that a block leaves out
# spaces within a number with its interval, its spread, its unit or its shape
WITHIN = re.compile(r"(?<=\d) (?=[±×x] \d)|(?<=[±×x]) (?=\d)|(?<=\d) (?=(?:[MGks]|MB|ms|h|min)\b)|(?<=[<=]) (?=[\d.])")
BRACKETS = re.compile(r"[\[(][-+−\d][^\])]*[\])]|\bn = \d+")
JOINED = "\u00a0"  # stands for a space at which no line ends


def short_count(count: float) -> str:
    """A count with three digits and a unit; below 100,000 the exact number.

    >>> short_count(138_357_544), short_count(15_470_264_320), short_count(372_578), short_count(2570)
    ('138 M', '15.5 G', '0.373 M', '2,570')
    """
    if count < 1e5:
        return f"{count:,}"
    value, unit = (count / 1e9, "G") if count >= 1e9 else (count / 1e6, "M")
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f} {unit}"


def lay_out(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    numbers: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> list[str]:
    """The lines of a table, the first of which are its head.

    Args:
        columns: The names of the columns.
        rows: Texts in one line each, one per column.
        width: Columns of the terminal.
        numbers: Names of columns that are right-aligned.
        optional: Names of columns that are left out if the table is too wide, the last of them first.
    """
    kept = columns_that_fit(columns, rows, width, numbers=numbers, optional=optional)
    if kept is None:
        return _blocks(columns, rows, width)
    cells = _cells(columns, rows, kept)
    return _table(kept, cells, _widths(kept, cells, width, numbers) or [], numbers)


def columns_that_fit(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    numbers: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> list[str] | None:
    """The columns that a table keeps; `None` if it is too wide even without the optional ones. As `lay_out`."""
    kept = list(columns)
    for name in (None, *reversed(optional)):
        kept = [column for column in kept if column != name]
        if _widths(kept, _cells(columns, rows, kept), width, numbers):
            return kept
    return None


def _cells(columns: Sequence[str], rows: Sequence[Sequence[str]], kept: Sequence[str]) -> list[list[str]]:
    places = [columns.index(column) for column in kept]
    return [[_join(row[place]) for place in places] for row in rows]


def wrap(text: str, width: int) -> list[str]:
    """The lines of a text, which ends lines between words, and inside a word only if it is longer than a line.

    >>> wrap("worse by 2.89 [2.46, 3.33]", 16)
    ['worse by 2.89', '[2.46, 3.33]']
    >>> wrap("[17.97, 25.39], n = 8", 20)
    ['[17.97, 25.39],', 'n = 8']
    """
    lines = [""]
    for word in _join(text).split(" "):
        if lines[-1] and cell_len(f"{lines[-1]} {word}") > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
        while cell_len(lines[-1]) > width:
            head = _head(lines[-1], width)
            lines[-1:] = [head, lines[-1][len(head) :]]
    return [line.replace(JOINED, " ") for line in lines]


def _head(word: str, width: int) -> str:
    """As much of a word as fits in `width` columns, at least a character."""
    count = next((n for n in range(1, len(word) + 1) if cell_len(word[:n]) > width), len(word) + 1)
    return word[: max(1, count - 1)]


def _join(text: str) -> str:
    """A text whose numbers hold no space at which a line may end."""
    text = BRACKETS.sub(lambda found: found[0].replace(" ", JOINED), text)
    return WITHIN.sub(JOINED, text)


def _words(text: str) -> int:
    """Columns of the longest word."""
    return max(map(cell_len, text.split(" ")))


def _widths(columns: list[str], cells: list[list[str]], width: int, numbers: Sequence[str]) -> list[int] | None:
    """The width of each column, or None if the table can't be so narrow."""
    heads = [max(map(_words, _parts(column))) for column in columns]
    least, most = [], []
    for place, column in enumerate(columns):
        own = [row[place] for row in cells]
        longest = max([*map(cell_len, own), heads[place]])
        enough = longest if column in numbers else max([*map(_words, own), heads[place], min(longest, TEXT)])
        least.append(enough)
        most.append(max(longest, cell_len(column)))
    room = width - len(GAP) * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(most) > room:
        widest = max(range(len(most)), key=lambda place: (most[place] > least[place], most[place]))
        most[widest] -= 1
    return most


def _parts(column: str) -> list[str]:
    """The parts of a column's name between which a line may end."""
    return _join(_parted(column)).split(" ")


def _parted(column: str) -> str:
    """A name with a space where a line may end within a word: between a hyphen and a letter, as not in `top-1`."""
    return re.sub(r"-(?=[a-z])", "- ", column)


def _table(columns: list[str], cells: list[list[str]], widths: list[int], numbers: Sequence[str]) -> list[str]:
    heads = [_head_lines(column, width) for column, width in zip(columns, widths, strict=True)]
    tall = max(map(len, heads))
    heads = [[""] * (tall - len(head)) + head for head in heads]
    right = [column in numbers for column in columns]
    lines = _lines(heads, widths, right)
    lines.append(GAP.join("─" * width for width in widths))
    for row in cells:
        lines += _lines([wrap(cell, width) for cell, width in zip(row, widths, strict=True)], widths, right)
    return lines


def _head_lines(column: str, width: int) -> list[str]:
    if cell_len(column) <= width:
        return [column]
    lines = wrap(_parted(column), width)
    return [re.sub(r"- (?=\S)", "-", line) for line in lines]


def _lines(cells: list[list[str]], widths: list[int], right: list[bool]) -> list[str]:
    """The lines of one row, from the lines of its cells."""
    found = []
    for place in range(max(map(len, cells))):
        parts = []
        for cell, width, is_right in zip(cells, widths, right, strict=True):
            text = cell[place] if place < len(cell) else ""
            space = " " * (width - cell_len(text))
            parts.append(space + text if is_right else text + space)
        found.append(GAP.join(parts).rstrip())
    return found


def _blocks(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """One block per row: its first cell, then a line per further column that says something."""
    names = min(LABEL, max(map(cell_len, columns[1:]), default=0), max(8, width - 20))
    found: list[str] = []
    for number, row in enumerate(rows):
        found += ([""] if number else []) + wrap(row[0], width)
        for column, cell in zip(columns[1:], row[1:], strict=True):
            if cell not in NONE:
                space = width - names - 2 * len(GAP)
                lines = _lines([wrap(column, names), wrap(cell, space)], [names, 0], [False, False])
                found += [GAP + line for line in lines]
    return found
