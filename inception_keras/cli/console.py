"""The terminal: its width, and tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from inception_keras.errors import visible

LOG_WIDTH = 200  # columns if the output is not a terminal: 80 would fold the tables


class SafeConsole(Console):
    """A console to which no text from a file can send control characters: they are shown as escapes."""

    def print(self, *objects: Any, **keywords: Any) -> None:
        shown = (visible(one, keep="\n\t") if isinstance(one, str) else one for one in objects)
        super().print(*shown, **keywords)


def console() -> Console:
    """A console of the terminal's width, or of `LOG_WIDTH` columns if the output is not a terminal.

    It takes every text as it is: `[b]` and `:smile:` in names, paths and questions have no meaning.
    """
    terminal = _console()
    return terminal if terminal.is_terminal else _console(width=LOG_WIDTH)


def _console(width: int | None = None) -> Console:
    return SafeConsole(width=width, markup=False, emoji=False, highlight=False)


def plain(text: str, style: str = "") -> Text:
    """A text as it is: without markup, and with control characters made visible, such as `\\x1b` for escape."""
    return Text(visible(text, keep="\n"), style)


def print_table(screen: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], numbers=()):
    """Prints a table of texts; the columns named in `numbers` are right-aligned."""
    table = Table(title=plain(title, "table.title"), title_justify="left")
    for column in columns:
        table.add_column(_cell(column), justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    screen.print(table)


def _cell(text: str) -> Text:
    """A text in one line: a line feed in the name of a file or a class would look like a row of its own."""
    return Text(visible(text))
