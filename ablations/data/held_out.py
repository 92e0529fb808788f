"""Cuts a test split off a set that has none: the same examples for every seed, variant and machine."""

from collections.abc import Sequence

import numpy as np

from ablations.seeds import permutation, stream

HELD_OUT = 0.2  # of each class
ABOUT_CUT = f"A random {HELD_OUT:.0%} of each class was cut off for tests."


def held_out(labels: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which examples are for tests: of each class a random share, drawn by its name and size alone.

    Args:
        labels: Whole numbers, (n,).
        names: Of the classes.

    Returns:
        Whether each example is, bool (n,), and the names of the classes that have too few for it and stay whole.
        Whether such a class is wanted is known where the set is cut into parts.
    """
    cut = np.zeros(len(labels), bool)
    whole = []
    for label, name in enumerate(names):
        members = np.flatnonzero(labels == label)
        count = round(HELD_OUT * len(members))
        if not count:
            whole.append(name)
        cut[members[permutation(len(members), stream(0, "folder", name))[:count]]] = True
    return cut, tuple(whole)
