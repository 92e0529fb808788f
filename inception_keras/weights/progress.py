"""What downloads and measurements show on stderr: notes, and on a terminal a progress bar."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from inception_keras.weights.downloads import Progress

BYTES, IMAGES = "bytes", "images"


def show(note: str):
    """Shows a note of one line."""
    print(note, file=sys.stderr, flush=True)


@contextmanager
def shown_progress(title: str, unit: str = BYTES) -> Iterator[tuple[Progress, Callable[[], object]]]:
    """A bar on stderr while the block runs: gives what `download` takes as `progress` and `waiting`.

    Args:
        title: What stands before the bar, such as the name of the file.
        unit: `BYTES` or `IMAGES`.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    screen = Console(stderr=True, markup=False, highlight=False)
    count = DownloadColumn() if unit == BYTES else MofNCompleteColumn()
    columns = TextColumn("{task.description}", markup=False), BarColumn(), count, TimeRemainingColumn()
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(title, total=None)

        def update(done: int, total: int | None):
            bar.update(task, completed=done, total=total)

        def wait():
            bar.update(task, description=f"{title}: another process fetches it")

        yield update, wait
