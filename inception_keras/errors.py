"""The error for mistakes that a user can correct: it says what is wrong, what is allowed and what to type; warnings."""

import difflib
import sys
import unicodedata
import warnings
from collections.abc import Iterable

JOINERS = "\u200c\u200d"  # invisible, but part of words in Persian and Hindi, and of emoji


class UserError(ValueError):
    """A mistake in what the caller asked for. Command lines print it without a traceback and exit with code 2.

    Its message is one line, and what it quotes from files cannot control a terminal: see `visible`.
    """

    def __init__(self, message: str):
        super().__init__(visible(message))


def visible(text: str, keep: str = "") -> str:
    r"""Replaces what controls a terminal or hides from a reader by its escape: control characters, bidirectional marks.

    Args:
        text: From a file, a file's name or a user.
        keep: Characters to keep, such as the line feeds of a page.

    >>> visible("a\x1b[31m\u202eb\n"), visible("a\nb", keep="\n")
    ('a\\x1b[31m\\u202eb\\n', 'a\nb')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if char not in keep and _hidden(char) else char for char in text)


def _hidden(char: str) -> bool:
    """Control and format characters, surrogates (bytes of file names that are no text), line and paragraph ends."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in JOINERS


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def unknown(kind: str, got: object, allowed: Iterable[object]) -> UserError:
    """The error for a value `got` that is not among `allowed`; its message suggests the nearest allowed name.

    >>> print(unknown("head", "gpa", ["gap", "fc", "conv"]))
    unknown head 'gpa': did you mean 'gap'? allowed are 'gap', 'fc', 'conv'
    """
    allowed = list(allowed)
    return UserError(f"unknown {kind} {got!r}: {suggestion(got, allowed)}allowed are {', '.join(map(repr, allowed))}")


def suggestion(got: object, allowed: Iterable[object]) -> str:
    """The question whether the nearest allowed name was meant, with a space behind it; empty if none is near.

    The same name written otherwise is nearer than any other, and what a name has in common counts in any case.

    >>> suggestion("MobileNetV2", ["mobilenet", "mobilenet_v2"]), suggestion("zebra", ["vgg16"])
    ("did you mean 'mobilenet_v2'? ", '')
    """
    names = {str(value): value for value in allowed}
    plain = {folded(name): name for name in reversed(names)}  # of equal ones, the first
    near = [plain[folded(str(got))]] if folded(str(got)) in plain else []
    near += difflib.get_close_matches(str(got), names, n=1)
    near += [plain[name] for name in difflib.get_close_matches(folded(str(got)), plain, n=1)]
    return f"did you mean {names[near[0]]!r}? " if near else ""


def folded(name: str) -> str:
    """A name without regard to case, `_` and `-`.

    >>> folded("MobileNetV2") == folded("mobilenet_v2")
    True
    """
    return name.casefold().replace("_", "").replace("-", "")


def warn(message: str):
    """Warns, and names the line outside this package that led here, however many of its functions lie between."""
    frame, level = sys._getframe(1), 2  # of the caller, which `stacklevel` counts from 2 on
    while frame.f_globals.get("__name__", "").partition(".")[0] == __package__ and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    warnings.warn(visible(message), PlainWarning, stacklevel=level)


class PlainWarning(UserWarning):
    """A warning whose sentence says all: which network, file or setting, and what to type."""


def show_warnings_plainly():
    """Shows each warning of `warn` on a command line as one line, without the place in the code."""
    usual = warnings.formatwarning

    def formatted(message, category, *place, **line):
        plain = issubclass(category, PlainWarning)
        return f"warning: {message}\n" if plain else usual(message, category, *place, **line)

    warnings.formatwarning = formatted


def in_one_line(error: BaseException, most: int = 300) -> str:
    """An exception's whole message on one line of at most `most` characters; the name of its type if it has none.

    Libraries often give the reason in the second line, so none is dropped.

    >>> in_one_line(ValueError("damaged\\nat byte 12")), in_one_line(KeyError())
    ('damaged at byte 12', 'KeyError')
    """
    message = " ".join(str(error).split()) or type(error).__name__
    return message if len(message) <= most else f"{message[: most - 2]} …"
