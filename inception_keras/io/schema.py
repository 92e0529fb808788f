"""Schemas of JSON files: what each key must hold, checked once when a file is read.

A check takes a value and its name and raises `ValueError` with one line that says what is allowed.
"""

import json
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from inception_keras.errors import visible

Check = Callable[[Any, str], None]


def parse_object(content: bytes) -> dict:
    """The JSON object in the bytes of a file.

    Raises:
        ValueError: They are not UTF-8, not JSON, nested too deep, or another JSON value.
    """
    try:
        found = json.loads(content.decode("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    return found


def mapping(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys; others are allowed, so that later versions can add some."""

    def check(value: Any, name: str):
        _expect(isinstance(value, dict), value, name, "an object")
        for key, inner in {**required, **(optional or {})}.items():
            path = f"{name}.{key}" if name else key
            if key in value:
                inner(value[key], path)
            elif key in required:
                raise ValueError(f"it lacks {path}")

    return check


def mapping_of(inner: Check) -> Check:
    """An object whose values all pass `inner`."""

    def check(value: Any, name: str):
        _expect(isinstance(value, dict), value, name, "an object")
        for key, item in value.items():
            inner(item, f"{name}.{key}")

    return check


def list_of(inner: Check, least: int = 0, most: int = 10**7) -> Check:
    """A list of `least` to `most` values that all pass `inner`."""

    def check(value: Any, name: str):
        words = f"a list of {least:,} to {most:,} values" if least or most < 10**7 else "a list"
        _expect(isinstance(value, list) and least <= len(value) <= most, value, name, words)
        for place, item in enumerate(value):
            inner(item, f"{name}[{place}]")

    return check


def count(least: int = 0, most: int = 2**53) -> Check:
    """A whole number in a range; JSON's `true` is none."""

    def check(value: Any, name: str):
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        _expect(fits, value, name, f"a whole number from {least:,} to {most:,}")

    return check


def number(least: float = -math.inf, most: float = math.inf) -> Check:
    """A number in a range, which excludes `NaN`."""

    def check(value: Any, name: str):
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
        _expect(fits, value, name, f"a number from {least:g} to {most:g}")

    return check


def any_number(value: Any, name: str):
    """A number, `NaN` and infinity included."""
    _expect(isinstance(value, (int, float)) and not isinstance(value, bool), value, name, "a number")


def text(value: Any, name: str):
    """A string."""
    _expect(isinstance(value, str), value, name, "text")


def plain_text(value: Any, name: str):
    """A string without characters that control a terminal or that nobody sees; a tab is allowed."""
    fits = isinstance(value, str) and visible(value, keep="\t") == value
    _expect(fits, value, name, "text without control characters")


def one_of(allowed: Collection[Any]) -> Check:
    """One of these values."""

    def check(value: Any, name: str):
        fits = isinstance(value, (str, int)) and value in allowed
        _expect(fits, value, name, f"one of {', '.join(map(repr, allowed))}")

    return check


def optional(inner: Check) -> Check:
    """`null`, or what passes `inner`."""

    def check(value: Any, name: str):
        if value is not None:
            inner(value, name)

    return check


def either(*checks: Check) -> Check:
    """What passes one of the checks; the message is that of the last."""

    def check(value: Any, name: str):
        for inner in checks[:-1]:
            try:
                return inner(value, name)
            except ValueError:
                continue
        checks[-1](value, name)

    return check


def anything(value: Any, name: str):
    """Any value."""


def _expect(fits: bool, value: Any, name: str, words: str):
    if not fits:
        shown = repr(value)
        raise ValueError(f"{name or 'it'} is {shown if len(shown) <= 60 else f'{shown[:58]} …'}: expected {words}")
