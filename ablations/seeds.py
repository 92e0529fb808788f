"""Named random streams: each random draw of a trial has its own seed, made from the trial's seed and a purpose.

One generator passed from function to function would make each draw depend on all draws before it: a variant with one
more layer would see other batches. A stream depends on its name alone, so what two variants share (the order of the
images, the initial weights of a common layer) is equal.
"""

import hashlib
import operator

import numpy as np


def stream(seed: int, *purpose: object) -> int:
    """The seed of the stream that `purpose` names.

    Args:
        seed: The seed of the trial.
        *purpose: What the stream is for: strings, numbers, `None`, or tuples of them, for example `"order", epoch`.

    Returns:
        An integer from 0 to 2**31 - 1, the range that every backend takes as a seed.

    Raises:
        TypeError: A part of `purpose` is none of these; its `repr` may differ between processes.

    >>> stream(0, "order", 3) == stream(0, "order", 3)
    True
    >>> stream(0, "order", 3) == stream(0, "order", 4)
    False
    """
    parts = (operator.index(seed), *map(_plain, purpose))
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


def random_states(layer) -> list:
    """The states of the seed generators in a Keras layer: its own, whatever their names, and those of inner layers."""
    weights = {id(variable) for variable in layer.weights}
    return [variable for variable in layer.variables if id(variable) not in weights]


def permutation(count: int, seed: int) -> np.ndarray:
    """The numbers 0 to `count - 1` in a random order, int64 (count,).

    NumPy promises that a bit generator gives the same raw bits in every release, but does not promise the same
    `Generator.permutation`. Sorting raw bits keeps the order of a stored trial reproducible after an upgrade.
    """
    return np.argsort(np.random.PCG64(seed).random_raw(count), kind="stable").astype(np.int64)


def _plain(part: object) -> object:
    # repr(np.int64(3)) differs from repr(3), and the repr of most objects contains their memory address.
    if isinstance(part, np.generic):
        part = part.item()
    if isinstance(part, tuple):
        return tuple(map(_plain, part))
    if part is None or isinstance(part, str | int | float):
        return part
    raise TypeError(f"a random stream is named by strings, numbers, None and tuples of them, not {part!r}")
