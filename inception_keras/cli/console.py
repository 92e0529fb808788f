"""The terminal: its width, and tables."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from inception_keras.cli.layout import columns_that_fit, lay_out, wrap
from inception_keras.errors import visible

LOG_WIDTH = 200  # columns if the output is not a terminal and COLUMNS is not set: a file has room for every column


class SafeConsole(Console):
    """A console to which no text from a file can send control characters: they are shown as escapes."""

    def print(self, *objects: Any, **keywords: Any) -> None:
        shown = (visible(one, keep="\n\t") if isinstance(one, str) else one for one in objects)
        super().print(*shown, **keywords)


def console() -> Console:
    """A console of the terminal's width; if the output is not a terminal, of `COLUMNS` or `LOG_WIDTH` columns.

    It takes every text as it is: `[b]` and `:smile:` in names, paths and questions have no meaning.
    """
    terminal = _console()
    if terminal.is_terminal:
        return terminal
    columns = os.environ.get("COLUMNS", "")
    return _console(width=int(columns) if columns.isdecimal() and int(columns) else LOG_WIDTH)


def _console(width: int | None = None) -> Console:
    return SafeConsole(width=width, markup=False, emoji=False, highlight=False)


def plain(text: str, style: str = "") -> Text:
    """A text as it is: without markup, and with control characters made visible, such as `\\x1b` for escape."""
    return Text(visible(text, keep="\n"), style)


def print_table(
    screen: Console,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> list[str]:
    """Prints a table of texts that fits the terminal: see `lay_out`; returns the columns that it left out."""
    names = [visible(column) for column in columns]
    cells = [[visible(cell) for cell in row] for row in rows]  # a line feed in a file's name would look like a row
    if title:
        say(screen, title, "bold")
    print_lines(screen, lay_out(names, cells, screen.width, numbers=numbers, optional=optional))
    screen.print()
    kept = columns_that_fit(names, cells, screen.width, numbers=numbers, optional=optional)
    return [] if kept is None else [name for name in names if name not in kept]


def say(screen: Console, sentence: str, style: str = ""):
    """Prints a sentence in lines that end between words and never within a number."""
    print_lines(screen, wrap(visible(sentence), screen.width), style)


def working(screen: Console, doing: str) -> Status:
    """Says what takes seconds: on a terminal beside a spinner while it runs, in a log as a line.

    >>> with working(console(), "reading the records"):
    ...     pass
    reading the records
    """
    if not screen.is_terminal:
        say(screen, doing)
    return screen.status(plain(doing))


def print_lines(screen: Console, lines: Iterable[str], style: str = ""):
    """Prints lines that fit the terminal, as they are."""
    for line in lines:
        screen.print(Text(line, style), soft_wrap=True)
