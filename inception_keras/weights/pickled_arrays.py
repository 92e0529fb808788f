"""NumPy's arrays in pickles, read without NumPy's own functions: stand-ins for them that hold plain values.

NumPy's functions trust each other: a type whose state changes after an array has it makes that array reach beyond its
memory. So nothing of NumPy runs while a pickle is read, and the arrays are made from what is there at its end.
"""

import math
import pickle
from typing import Any

import numpy as np

NUMBERS = {"b1", "f2", "f4", "f8", *(f"{sign}{size}" for sign in "iu" for size in (1, 2, 4, 8))}
ORDERS = {"<": "<", ">": ">", "=": "=", "|": "="}  # of bytes, as a type's state has it
MOST_AXES = 32


class Kind:
    """Stands for `numpy.dtype`; holds the code of a type, such as `f4`, and the order of its bytes."""

    def __init__(self, code: Any, *_: Any):
        self.code, self.order = code, "="

    def __setstate__(self, state: tuple):
        self.order = state[1]


class Array:
    """Stands for `numpy.ndarray`; holds the shape, the type and the bytes of an array."""

    shape: Any = None
    kind: Any = None
    columns_first: Any = False
    content: Any = None

    def __new__(cls, *_: Any):
        raise pickle.UnpicklingError("it calls numpy.ndarray, as no array does that NumPy has pickled")

    def __setstate__(self, state: tuple):
        self.shape, self.kind, self.columns_first, self.content = state[-4:]


def reconstruct(*_: Any) -> Array:
    """Stands for NumPy's `_reconstruct`, which makes an array that gets its shape and numbers later."""
    return object.__new__(Array)


def scalar(kind: Any, content: Any = b"") -> Array:
    """Stands for NumPy's `scalar`, which makes one number."""
    array = object.__new__(Array)
    array.shape, array.kind, array.content = (), kind, content
    return array


def with_arrays(content: Any) -> Any:
    """`content` with an array in the place of each stand-in that holds numbers; its dicts and lists are changed.

    Stand-ins for texts and objects, which no weights are, stay.

    Raises:
        ValueError: An array's shape, type and bytes do not belong together.
    """
    whole = [content]
    waiting: list[Any] = [whole]
    seen: dict[int, Any] = {}  # a file of a few bytes can refer to one dictionary a million times
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if isinstance(part, dict):
            waiting += part.values()
            for key, value in part.items():
                part[key] = _made(value)
        elif isinstance(part, list):
            waiting += part
            part[:] = map(_made, part)
        elif isinstance(part, tuple):
            waiting += part
    return whole[0]


def _made(value: Any) -> Any:
    if type(value) is tuple:  # a pair of name and array
        return tuple(_array(one) if isinstance(one, Array) else one for one in value)
    return _array(value) if isinstance(value, Array) else value


def _array(stored: Array) -> Any:
    if not isinstance(stored.kind, Kind):
        raise ValueError("an array of NumPy's has no type")
    code, order, shape, content = stored.kind.code, stored.kind.order, stored.shape, stored.content
    if not isinstance(code, str) or code not in NUMBERS:
        return stored
    content = content.encode() if isinstance(content, str) else content  # torch has decoded the bytes of Python 2
    kind = np.dtype(ORDERS[order] + code)
    if not isinstance(shape, tuple) or len(shape) > MOST_AXES or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("an array of NumPy's has no shape")
    if not isinstance(content, bytes) or len(content) != math.prod(shape) * kind.itemsize:
        found = f"{len(content):,} bytes" if isinstance(content, bytes) else f"a {type(content).__name__}"
        raise ValueError(f"an array of NumPy's of the shape {shape} and the type {code} has {found}")
    return np.frombuffer(content, kind).reshape(shape, order="F" if stored.columns_first else "C")
