"""Says on the terminal what takes seconds, while it runs; a pipe or a file gets nothing."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from inception_keras.errors import visible


class Wait:
    """What is being done and for how long; of several things which one, and about how long the others take.

    Args:
        doing: What is done.
        of: How many things `next` will name.
        note: A second line, such as how to skip it.
    """

    def __init__(self, doing: str, of: int = 0, note: str = ""):
        self._doing, self._of, self._note = doing, of, note
        self._began = self._moved = time.monotonic()
        self._name, self._number = "", 0

    def next(self, name: str):
        """The next of the things begins, and the one before it is done."""
        self._name, self._number, self._moved = name, self._number + 1, time.monotonic()

    def __rich__(self) -> Text:
        return Text("\n".join(self.lines()), no_wrap=True, overflow="ellipsis")

    def lines(self) -> list[str]:
        now = time.monotonic()
        parts = [f"{self._doing} {self._name} ({self._number} of {self._of})" if self._number else self._doing]
        parts.append(f"{_clock(now - self._began)} elapsed")
        done = self._number - 1
        if done > 0:
            left = (self._moved - self._began) / done * (self._of - done) - (now - self._moved)
            parts.append(f"about {_clock(max(0.0, left))} left")
        return [visible(line) for line in (", ".join(parts), self._note) if line]


@contextmanager
def waiting(doing: str, of: int = 0, note: str = "") -> Iterator[Wait]:
    """Shows a `Wait` on standard error while the block runs, if that is a terminal; the block prints nothing.

    >>> with waiting("loading TensorFlow"):
    ...     pass
    """
    wait = Wait(doing, of, note)
    if not os.isatty(2):
        yield wait
        return
    with open(os.dup(2), "w", encoding="utf-8") as terminal:  # loading a framework redirects 2
        screen = Console(file=terminal, markup=False, emoji=False, highlight=False)
        with Live(wait, console=screen, transient=True, redirect_stdout=False, redirect_stderr=False):
            yield wait


def _clock(seconds: float) -> str:
    """Seconds as minutes and seconds.

    >>> _clock(75.4)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
