"""The terminal: tables, and one line for a user's mistake."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from inception_keras.errors import UserError

LOG_WIDTH = 200  # columns if the output is not a terminal: 80 would fold the tables


def console() -> Console:
    """A console of the terminal's width, or of `LOG_WIDTH` columns if the output is not a terminal."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=LOG_WIDTH)


def print_table(screen: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], numbers=()):
    """Prints a table of texts; the columns named in `numbers` are right-aligned."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    screen.print(table, highlight=False, markup=False)


def run_app(app, interrupted: str = "stopped"):
    """Runs a command line. A `UserError` prints one line and exits with 2; an interrupt exits with 130."""
    try:
        app()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        sys.exit(130)
