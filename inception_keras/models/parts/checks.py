"""Checks of toggles that several architectures share; a failed check raises `UserError`."""

from collections.abc import Iterable
from typing import Any

from inception_keras.errors import UserError, unknown

HEADS = ("gap", "fc", "conv")
FC_INPUTS = ("flatten", "gap", "max", "conv")


def plain(value: Any) -> Any:
    """NumPy's numbers as Python's and its arrays as lists, also inside lists and tuples; anything else as it is.

    >>> import numpy as np
    >>> plain(np.int64(3)), plain((np.float32(0.5), None)), plain(np.array([4, 4])), plain("gap")
    (3, (0.5, None), [4, 4], 'gap')
    """
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value)) if type(value) in (list, tuple) else value
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    return value


def as_tuple(value: Any) -> tuple:
    """The value of a toggle that takes several: JSON and command lines give a list, or one value alone.

    >>> as_tuple([120, 84]), as_tuple(64)
    ((120, 84), (64,))
    """
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def check_choice(kind: str, value: Any, allowed: Iterable[Any]):
    """Checks that a toggle has one of the values that are allowed, and its type: 2.0 is not 2."""
    allowed = list(allowed)
    if not any(isinstance(value, type(one)) and value == one for one in allowed):
        raise unknown(kind, value, allowed)


def check_head(head: str, fc_units: Any, fc_input: str, dropout: float) -> tuple[int, ...]:
    """Checks the toggles of a head, as `GoogLeNetConfig` describes them; returns `fc_units` as a tuple."""
    check_choice("head", head, HEADS)
    check_choice("fc_input", fc_input, FC_INPUTS)
    several = isinstance(fc_units, (list, tuple))
    if not several or not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in fc_units):
        raise UserError(
            "fc_units must be whole numbers above 0, such as (1024,) or (4096, 4096), in a tuple or a list; got "
            f"{fc_units!r}"
        )
    check_number("dropout", dropout, 0, 1)
    return tuple(fc_units)


def check_stem_stride(stride: int | str, stem: str):
    """Checks that another stride than 1 has a small stem to apply to: other stems have the strides of their papers."""
    if stride != 1 and stem != "small":
        raise UserError(f"stem_stride={stride!r} needs stem='small': {stem!r} has its own strides")


def check_momentum(momentum: float):
    """Checks the momentum of batch normalisation's moving statistics, as Keras defines it."""
    check_number("batch_momentum", momentum, 0, 1)


def check_width(width: float):
    """Checks the factor on channel counts."""
    if not _is_number(width) or not 0 < width <= 16:
        raise UserError(f"width must be a number above 0, at most 16; got {width!r}")


def check_multiple(multiple: int):
    """Checks the number of which channel counts are multiples."""
    if not isinstance(multiple, int) or isinstance(multiple, bool) or not 1 <= multiple <= 1024:
        raise UserError(f"channel_multiple must be a whole number from 1 to 1024; got {multiple!r}")


def scale(channels: int, width: float, multiple: int = 1) -> int:
    """`channels` times `width`, rounded half up to a multiple of `multiple`, at least `multiple`.

    >>> scale(96, 0.125), scale(3, 0.125)
    (12, 1)
    >>> scale(96, 0.25, 16), scale(16, 0.25, 16)
    (32, 16)
    """
    return max(multiple, int(channels * width / multiple + 0.5) * multiple)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def check_number(name: str, value: Any, low: float, below: float):
    """Checks that `low <= value < below`."""
    if not _is_number(value) or not low <= value < below:
        raise UserError(f"{name} must be a number from {low} to under {below}; got {value!r}")
