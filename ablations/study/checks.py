"""Checks of single values, each with one clear message."""

import re
from collections.abc import Mapping

from inception_keras.errors import UserError

MOST_SEEDS = 10_000  # trials of a variant: more is a slip of the hand, and even listing them would fill the memory
LONGEST_NAME = 100  # characters: a file is named after the variant, its seed and its address


def check_count(name: str, value: object):
    """Raises a UserError unless `value` is a whole number of 1 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UserError(f"{name} must be a whole number of 1 or more; got {value!r}")


def check_whole(name: str, value: object, low: int, high: int):
    """Raises a UserError unless `value` is a whole number from `low` to `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UserError(f"{name} must be a whole number from {low:,} to {high:,}; got {value!r}")


def check_seeds(value: object):
    """Raises a UserError unless `value` is a number of trials per variant that a study can have."""
    check_count("seeds", value)
    check_whole("seeds", value, 1, MOST_SEEDS)


def check_type(name: str, value: object, kind: type, like: str):
    """Raises a UserError unless `value` is a `kind`; `like` shows one."""
    if not isinstance(value, kind):
        raise UserError(f"{name} must be {like}; got {value!r}")


def check_settings(name: str, value: object, like: str):
    """Raises a UserError unless `value` is a mapping from names; `like` shows one."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise UserError(f"{name} must be {like}; got {value!r}")


def as_tuple(name: str, values: object, kind: type, like: str) -> tuple:
    """The values as a tuple; lists come from JSON. One alone is refused: a comma is missing, and perhaps others too.

    Raises:
        UserError: The values are none, or not all of the `kind`; `like` says which, and shows some.

    >>> as_tuple("alternatives", ["fc", "conv"], str, "names")
    ('fc', 'conv')
    """
    if isinstance(values, (list, tuple)) and all(isinstance(value, kind) for value in values):
        return tuple(values)
    if isinstance(values, kind):
        plain = isinstance(values, (str, int, float, type(None)))
        shown = repr(values) if plain else f"{type(values).__name__}(...)"
        raise UserError(f"{name} must be a tuple of {like}; got {shown} alone: write ({shown},), with the comma")
    raise UserError(f"{name} must be a tuple of {like}; got {values!r}")


def check_between(name: str, value: object, low: float, high: float):
    """Raises a UserError unless `value` is a number from `low` to `high`."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise UserError(f"{name} must be a number from {low} to {high}; got {value!r}")


def check_name(kind: str, name: object):
    """Raises a UserError unless `name` can name a file or folder on every system, and stands as it is in every text."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_.+-]*", name):
        raise UserError(f"{name!r} is not a valid {kind} name: use a-z, 0-9, _, ., + and -, a letter or digit first")
    if len(name) > LONGEST_NAME:
        raise UserError(f"the {kind} name {name[:20]}... has {len(name)} characters: use {LONGEST_NAME} or fewer")
