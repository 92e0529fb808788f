"""An epoch cut into chunks of steps, each of which is one dispatch; see `ablations.training.jax_scan`."""

from collections.abc import Iterable, Iterator

import numpy as np

LONGEST = 64  # steps; from here on asking for a chunk costs next to nothing


def chunk_length(steps: int, most: int) -> int:
    """Steps of a chunk, so that the last one of an epoch has few or none that don't count.

    >>> chunk_length(351, 64)  # in nine chunks
    39
    >>> chunk_length(353, 64)  # a prime: six chunks, with one step too many
    59
    >>> chunk_length(20, 64)
    20
    """
    most = min(most, LONGEST, steps)
    even = (length for length in range(most, most // 2, -1) if steps % length == 0)
    return next(even, -(-steps // -(-steps // most)))


def stack(batches: Iterable[tuple[np.ndarray, ...]], length: int) -> tuple[list[np.ndarray], int]:
    """Up to `length` batches in arrays of that length, filled up with the last one; and how many there were."""
    batches = list(batches)
    filled = batches + batches[-1:] * (length - len(batches))
    return [np.stack(parts) for parts in zip(*filled, strict=True)], len(batches)


def one_behind(items: Iterable) -> Iterator:
    """Each item when the next one is there: while the device works on a chunk, the host makes another.

    >>> made = iter("abc")
    >>> [(item, "".join(made)) for item in one_behind(made)]
    [('a', 'c'), ('b', '')]
    """
    items = iter(items)
    for item in items:
        for following in items:
            yield item
            item = following
        yield item
