"""Named random streams: every draw of a study has an integer seed made from (seed, purpose, ...).

One generator handed from part to part would make each draw depend on all draws before it: a variant with one more
layer would see other batches. A stream depends on its name alone, so what two variants share starts out equal.
"""

import hashlib
import operator

import numpy as np


def stream(seed: int, *purpose: object) -> int:
    """The seed of the stream that `purpose` names.

    Args:
        seed: The seed of the trial.
        *purpose: What the stream is for: strings, numbers, None, or tuples of them, for example `"order", epoch`.

    Returns:
        An integer from 0 to 2**31 - 1, the range that every backend takes as a seed.

    Raises:
        TypeError: A part has no `repr` that is the same in every process.

    >>> stream(0, "order", 3) == stream(0, "order", 3)
    True
    >>> stream(0, "order", 3) == stream(0, "order", 4)
    False
    """
    parts = (operator.index(seed), *map(_plain, purpose))
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


def permutation(count: int, seed: int) -> np.ndarray:
    """The numbers 0 to `count - 1` in a random order, int64 (count,).

    NumPy promises the same raw bits of a bit generator in every release, but not the same `Generator.permutation`.
    Sorting raw bits keeps the order of a stored trial reproducible after an upgrade.
    """
    return np.argsort(np.random.PCG64(seed).random_raw(count), kind="stable").astype(np.int64)


def _plain(part: object) -> object:
    # repr(np.int64(3)) is not repr(3), and the repr of most objects holds their address.
    if isinstance(part, np.generic):
        part = part.item()
    if isinstance(part, tuple):
        return tuple(map(_plain, part))
    if part is None or isinstance(part, str | int | float):
        return part
    raise TypeError(f"a random stream is named by strings, numbers, None and tuples of them, not {part!r}")
