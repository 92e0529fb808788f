"""A user's own function as a measure: `module:function`, from labels and predictions of test examples to a number.

In claims, locks and tables its name ends with the hash of its source, `my_measures:kappa@0123456789ab`: a function that
was changed is another measure. Its numbers are in no record; they are made of the stored answers when they are read.
"""

import inspect
import math
from collections.abc import Callable, Sequence

from ablations.study.own_code import SIGN, failure, load_known
from inception_keras.errors import UserError

Answers = tuple[list[str], list[str]]  # labels and predictions: names of classes, or numbers where these are not known
OwnMeasure = Callable[[Sequence[str], Sequence[str]], float]

_FOUND: dict[tuple[str, str], float] = {}  # reports ask for the same number many times


def own_measure(name: str) -> OwnMeasure:
    """The function that a measure's name gives, with or without its source: from labels and predictions to a number.

    Raises:
        UserError: It can't be imported, its source is another one, or it does not take labels and predictions. So does
            the function that is returned, where the user's fails or gives no finite number.
    """
    function, short = load_known(name, "measure"), name.partition(SIGN)[0]
    _check_signature(function, short)

    def value(labels: Sequence[str], predictions: Sequence[str]) -> float:
        try:
            returned = function(list(labels), list(predictions))
        except (Exception, SystemExit) as error:  # the user's function may raise anything
            raise UserError(f"the measure {short} failed: {failure(error)}") from error
        try:
            number = float(returned) if hasattr(returned, "__float__") else math.nan
        except (TypeError, ValueError):  # of an array of several numbers
            number = math.nan
        if not math.isfinite(number):
            raise UserError(
                f"the measure {short} must return a finite number for any labels and predictions; it returned "
                f"{repr(returned)[:40]}"
            )
        return number

    return value


def value_of(name: str, file: str, answers: Answers) -> float:
    """The value of a measure for answers, computed once in a process.

    Args:
        name: The measure, with its source.
        file: The SHA-256 of the answers' file.
        answers: Its content.
    """
    if (name, file) not in _FOUND:
        _FOUND[name, file] = own_measure(name)(*answers)
    return _FOUND[name, file]


def check_own_measure(name: str, class_names: Sequence[str]):
    """Tries a measure before anything trains: on answers with every class, half of them right.

    Raises:
        UserError: It fails, or gives no finite number.
    """
    names = list(class_names)
    own_measure(name)(names * 2, names + names[1:] + names[:1])


def _check_signature(function: Callable, name: str):
    try:
        signature = inspect.signature(function)
    except ValueError:  # of a function that is not written in Python
        return
    try:
        signature.bind([], [])
    except TypeError:
        raise UserError(f"the measure {name} must take labels and predictions; it takes {signature}") from None
