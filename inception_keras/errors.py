"""The error for mistakes that a user can correct: it says what is wrong, what is allowed and what to type."""

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """A mistake in what the caller asked for. Command lines print it without a traceback and exit with code 2."""


def unknown(kind: str, got: object, allowed: Iterable[object]) -> UserError:
    """The error for a value `got` that is not among `allowed`; its message suggests the nearest allowed name.

    >>> print(unknown("head", "gpa", ["gap", "fc", "conv"]))
    unknown head 'gpa': allowed are 'gap', 'fc', 'conv'; did you mean 'gap'?
    """
    allowed = list(allowed)
    message = f"unknown {kind} {got!r}: allowed are {', '.join(map(repr, allowed))}"
    names = {str(value): value for value in allowed}
    nearest = difflib.get_close_matches(str(got), names, n=1)
    return UserError(message + (f"; did you mean {names[nearest[0]]!r}?" if nearest else ""))


def first_line(error: BaseException) -> str:
    """The first line of an exception's message, or the name of its type if the message is empty.

    >>> first_line(ValueError("damaged\\nat byte 12")), first_line(KeyError())
    ('damaged', 'KeyError')
    """
    return (str(error).strip() or type(error).__name__).splitlines()[0]
