"""A line of progress for commands that may take longer than a second."""

import sys
import time
from collections.abc import Iterator, Sequence

from ablations.study import Study

PATIENCE = 1.0  # seconds without a line


def progress(studies: Sequence[Study], doing: str) -> Iterator[Study]:
    """Yields the studies; after each second of work on them a line on standard error says which one is next."""
    told = time.monotonic()
    for number, study in enumerate(studies, start=1):
        if time.monotonic() - told > PATIENCE:
            print(f"{doing} {study.name} ({number} of {len(studies)})", file=sys.stderr, flush=True)
            told = time.monotonic()
        yield study
