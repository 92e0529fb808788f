"""Checks of single values, each with one clear message."""

from inception_keras.errors import UserError


def check_count(name: str, value: object):
    """Raises a UserError unless `value` is a whole number of 1 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UserError(f"{name} must be a whole number of 1 or more; got {value!r}")


def check_between(name: str, value: object, low: float, high: float):
    """Raises a UserError unless `value` is a number from `low` to `high`."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise UserError(f"{name} must be a number from {low} to {high}; got {value!r}")
