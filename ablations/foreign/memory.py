"""Scores in memory as results: by name, or in an order."""

from collections.abc import Mapping
from numbers import Number as AnyNumber
from typing import Any

from ablations.foreign.arrays import notes_of_order, results_of_array
from ablations.foreign.cells import Number, key
from ablations.foreign.predictions import NUMBERS
from ablations.foreign.results import Result
from inception_keras.errors import UserError, in_one_line


def are_by_name(scores: Mapping[str, Any]) -> bool:
    """Whether scores are matched by names: those of mappings are, and of Series unless all indices merely count.

    Raises:
        UserError: Those of some arms have names and those of others have none, or there are no arms.
    """
    single = [values for values in scores.values() if not _is_summary(values)]
    named = [_is_named(values) for values in single]
    if any(named):
        named = [_is_named(values) or _is_series(values) for values in single]
    if scores and not single:
        return False
    if len(set(named)) != 1:
        raise UserError("give the scores of all arms in one form: by seed, or as arrays of one shape")
    return named[0]


def _is_summary(values: Any) -> bool:
    from ablations.statistics import Summary  # loads NumPy

    return isinstance(values, Summary)


def _is_named(values: Any) -> bool:
    return isinstance(values, Mapping) or (_is_series(values) and list(values.index) != list(range(len(values))))


def _is_series(values: Any) -> bool:
    # by what it can do, so that pandas need not be there: a list has an index too, a data frame two dimensions
    return hasattr(values, "index") and hasattr(values, "items") and getattr(values, "ndim", 0) == 1


def results_in_memory(name: str, values: Any, by_name: bool, notes: list[str]) -> list[Result]:
    """The results of an arm from numbers by name, or from an array as in a file, whose places are the names.

    The names of a mapping are seeds; those of a Series are examples if its numbers are answers, as in a file. Of a
    `Summary` the mean is the one result.

    Raises:
        UserError: They are no numbers.
    """
    if _is_summary(values):
        return [Result(name, "", "", Number(values.mean), 0, values)]
    try:
        mapped = isinstance(values, Mapping)
        array, whole = _numbers(name, list(values.values()) if mapped else values)
        if mapped and array.ndim != 1:
            raise UserError(f"{name}: by seed each score is one number; got the shape {array.shape[1:]}")
        found = results_of_array(name, name, array, notes, None if mapped else whole)
    except (TypeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{name}: scores are numbers by seed, or an array of numbers ({in_one_line(error)})") from None
    if not by_name:
        notes += notes_of_order(name, found)
        return [one._replace(seed=str(one.line)) if one.score and not one.example else one for one in found]
    if not any(one.score for one in found):
        return found
    names = list(values if mapped else values.index)
    return [
        one._replace(example=key(names[int(one.example)], name, "example"))
        if one.example
        else one._replace(seed=key(names[one.line], name, "seed"))
        for one in found
    ]


def _numbers(name: str, values: Any) -> tuple[Any, bool]:
    """The values as an array of numbers, NaN for `None`; and whether all that are known are whole or bools.

    Raises:
        UserError: One is of another type.
    """
    import numpy as np

    array = np.asarray(values)
    if _is_series(values) and array.dtype.kind not in NUMBERS:  # pandas has several signs of what is missing
        values = [None if missing else one for one, missing in zip(values, values.isna(), strict=True)]
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
