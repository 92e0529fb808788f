"""Divides an epoch into chunks of steps, each of which is one dispatch; see `ablations.training.jax_scan`."""

from collections.abc import Iterable, Iterator

import numpy as np

LONGEST = 64  # steps; with chunks of this length the cost of a dispatch is negligible


def chunk_length(steps: int, most: int) -> int:
    """Steps per chunk, chosen so that the last chunk of an epoch has few padding steps or none.

    Args:
        steps: Of the epoch.
        most: Steps that a chunk may have at most.

    >>> chunk_length(351, 64)  # nine chunks
    39
    >>> chunk_length(353, 64)  # a prime: six chunks with one padding step
    59
    >>> chunk_length(20, 64)
    20
    """
    most = min(most, LONGEST, steps)
    even = (length for length in range(most, most // 2, -1) if steps % length == 0)
    return next(even, -(-steps // -(-steps // most)))


def stack(batches: Iterable[tuple[np.ndarray, ...]], length: int) -> tuple[list[np.ndarray], int]:
    """Stacks up to `length` batches to arrays of that length, padded with the last batch.

    Returns:
        The stacked arrays, and the number of batches without the padding; `([], 0)` if there are no batches.
    """
    batches = list(batches)
    filled = batches + batches[-1:] * (length - len(batches))
    return [np.stack(parts) for parts in zip(*filled, strict=True)], len(batches)


def prefetch_one(items: Iterable) -> Iterator:
    """Yields each item after taking the next one: while the device computes a chunk, the host prepares another.

    >>> items = iter("abc")
    >>> [(item, "".join(items)) for item in prefetch_one(items)]
    [('a', 'c'), ('b', '')]
    """
    items = iter(items)
    for item in items:
        for following in items:
            yield item
            item = following
        yield item
