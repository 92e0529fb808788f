"""`--set key=value` from the command line."""

import ast
from collections.abc import Sequence

from inception_keras.errors import UserError


def parse(settings: Sequence[str]) -> dict[str, object]:
    """`["epochs=3", "head=fc"]` as `{"epochs": 3, "head": "fc"}`; what is no Python literal is text.

    Raises:
        UserError: No `=`, or a key twice.
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
    """The whole numbers of a command line's list.

    >>> numbers("--crops", "1,10")
    [1, 10]

    Raises:
        UserError: Something else stands in it.
    """
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise UserError(f"{option} takes whole numbers with commas between them, such as 1,7; got {text!r}") from None


def _value(text: str) -> object:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
