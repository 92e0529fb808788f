"""Scores in memory as results: by seed, or in an order."""

from collections.abc import Mapping
from numbers import Number as AnyNumber
from typing import Any

from ablations.foreign.arrays import NUMBERS, results_of_array
from ablations.foreign.cells import Number, key
from ablations.foreign.results import Result
from inception_keras.errors import UserError, in_one_line


def results_in_memory(name: str, values: Any, notes: list[str]) -> list[Result]:
    """The results of an arm from numbers by seed, or from an array as in a file; scores `(runs,)` have their places as
    keys.

    Raises:
        UserError: They are no numbers.
    """
    import numpy as np

    try:
        keyed = isinstance(values, Mapping)
        array, whole = _numbers(name, list(values.values()) if keyed else values)
        found = results_of_array(name, name, array.astype("float64") if keyed else array, notes, whole and not keyed)
    except (TypeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{name}: scores are numbers by seed, or an array of numbers ({in_one_line(error)})") from None
    if keyed:
        pairs = zip(values, array.astype("float64"), strict=True)
        seeds = [(key(seed, name, "seed"), float(one)) for seed, one in pairs if np.isfinite(one)]
        return [Result(name, seed, "", Number(one), place) for place, (seed, one) in enumerate(seeds)]
    return [one if one.example else one._replace(seed=str(one.line)) for one in found]


def _numbers(name: str, values: Any) -> tuple[Any, bool]:
    """The values as an array of numbers, NaN for `None`; and whether all that are known are whole or bools.

    Raises:
        UserError: One is of another type.
    """
    import numpy as np

    array = np.asarray(values)
    if array.dtype.kind in NUMBERS:
        return array, array.dtype.kind in "biu"
    cells = np.asarray(values, dtype=object)  # NumPy makes texts of numbers beside a text, whose type is the mistake
    known = [one for one in cells.ravel().tolist() if one is not None]
    for one in known:
        if not isinstance(one, (AnyNumber, np.bool_)):
            raise UserError(
                f"{name}: scores are numbers, or None where one is missing; got {repr(one)[:40]}, of type "
                f"{type(one).__name__}"
            )
    whole = all(isinstance(one, (int, np.integer, np.bool_)) for one in known)
    numbers = [np.nan if one is None else float(one) for one in cells.ravel().tolist()]
    return np.array(numbers).reshape(cells.shape), whole
