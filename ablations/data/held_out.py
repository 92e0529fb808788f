"""Cuts a test split off a set that has none: the same examples for every seed, variant and machine."""

from collections.abc import Sequence

import numpy as np

from ablations.seeds import permutation, stream
from inception_keras.errors import UserError

HELD_OUT = 0.2  # of each class
ABOUT_CUT = f"A random {HELD_OUT:.0%} of each class was cut off for tests."


def held_out(labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Which examples are for tests, bool (n,): of each class a random share, drawn by its name and size alone.

    Args:
        labels: Whole numbers, (n,).
        names: Of the classes.

    Raises:
        UserError: A class has too few examples.
    """
    cut = np.zeros(len(labels), bool)
    for label, name in enumerate(names):
        members = np.flatnonzero(labels == label)
        count = round(HELD_OUT * len(members))
        if not 0 < count < len(members):
            raise UserError(f"class {name!r} has {len(members)} pictures: too few to cut a test split off")
        cut[members[permutation(len(members), stream(0, "folder", name))[:count]]] = True
    return cut
