"""Parses `--set key=value` and lists of numbers from the command line."""

import ast
from collections.abc import Sequence

from inception_keras.errors import UserError


def parse(settings: Sequence[str]) -> dict[str, object]:
    """Parses `["epochs=3", "head=fc"]` into `{"epochs": 3, "head": "fc"}`; a value that is no Python literal is text.

    Raises:
        UserError: A setting has no `=`, or a key is given twice.
    """
    values: dict[str, object] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        key = key.strip()
        if not equals or not key or not text.strip():
            raise UserError(f"--set {setting!r} is not KEY=VALUE, such as --set width=0.5")
        if key in values:
            raise UserError(f"--set {key} is given twice")
        values[key] = _value(text.strip())
    return values


def numbers(option: str, text: str) -> list[int]:
    """Parses a comma-separated list of whole numbers.

    >>> numbers("--crops", "1,10")
    [1, 10]

    Raises:
        UserError: The list contains anything else.
    """
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise UserError(f"{option} takes whole numbers separated by commas, such as 1,7; got {text!r}") from None


def _value(text: str) -> object:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):  # {[1]} is unhashable, (((( … too deep
        return text
