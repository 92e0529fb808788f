"""How long epochs take, and so how long a run still takes."""

from collections import deque
from statistics import median

RECENT = 20  # epochs, so that the pace follows a machine whose load changes


class Pace:
    """The pace of the latest epochs.

    The first epoch of a trial loads the data and traces the graph, so it counts only while no other is known.
    """

    def __init__(self):
        self._later: deque[float] = deque(maxlen=RECENT)
        self._first: deque[float] = deque(maxlen=RECENT)

    def add(self, seconds: float, *, first: bool):
        """Adds an epoch; `first` if its trial had trained none before in this process."""
        (self._first if first else self._later).append(seconds)

    def hours(self, epochs: int, workers: int) -> float:
        """The time that `epochs` take with `workers` at work, in hours.

        >>> pace = Pace()
        >>> pace.add(3600.0, first=True)
        >>> pace.hours(10, 2)
        5.0
        >>> pace.add(360.0, first=False)
        >>> pace.hours(10, 2)
        0.5
        """
        return median(self._later or self._first) * epochs / max(1, workers) / 3600
