"""What torch writes into its pickles: storages, views of them, and the calls that make containers.

A pickle's values are taken for what they say only after a check: they come from a file.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# numpy's type for each of torch's storages; those of bfloat16 are read as their 16 bits, see `Tensor.array`.
STORAGES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": "u2",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
BFLOAT16 = "BFloat16Storage"
MOST_AXES = 8
KEYS = (str, int, float, type(None))


class BeyondTensors(Exception):
    """A pickle of more than tensors; the message is the name or the instruction that it has."""


class Storage(NamedTuple):
    """A run of numbers in a file: its key there, its type in `STORAGES`, and how many numbers it has."""

    key: str
    kind: str
    size: int


class Tensor(NamedTuple):
    """A view of a storage; `offset` and `strides` count numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def last(self) -> int:
        """The number of the storage after the last one that the tensor has."""
        if 0 in self.shape:
            return self.offset
        return 1 + self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))

    def array(self, numbers: np.ndarray) -> np.ndarray:
        """The tensor as an array, given all numbers of its storage; bfloat16 as float32."""
        step = numbers.itemsize
        view = np.lib.stride_tricks.as_strided(
            numbers[self.offset :], self.shape, [stride * step for stride in self.strides], writeable=False
        )
        return (view.astype("u4") << 16).view("f4") if self.storage.kind == BFLOAT16 else view


class Global(NamedTuple):
    """A name that a pickle imports; here it stays a name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


def storage_of(words: Any) -> Storage:
    """Torch's reference to a storage: ("storage", its type, key, device, size), and a view in older files."""
    if not isinstance(words, tuple) or len(words) not in (5, 6) or words[0] != "storage":
        raise ValueError("the pickle refers to something that is no storage")
    _, kind, key, _, size, *view = words
    if not isinstance(kind, Global) or not is_key(key):
        raise ValueError("the pickle refers to a storage without a type or a key")
    if kind.name not in STORAGES:
        raise BeyondTensors(str(kind))
    if any(one is not None for one in view):
        raise BeyondTensors("a view of a storage")
    return Storage(str(key), kind.name, _count(size))


def _tensor(arguments: tuple) -> Tensor:
    """`torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, ...)`."""
    if len(arguments) < 4 or not isinstance(arguments[0], Storage):
        raise ValueError("a tensor has no storage")
    storage, offset, shape, strides = arguments[:4]
    if not isinstance(shape, tuple) or not isinstance(strides, tuple) or len(shape) != len(strides):
        raise ValueError("a tensor has no shape")
    if len(shape) > MOST_AXES:
        raise ValueError(f"a tensor has {len(shape)} axes")
    tensor = Tensor(storage, _count(offset), tuple(map(_count, shape)), tuple(map(_count, strides)))
    if tensor.last > storage.size:
        raise ValueError(f"a tensor of the shape {tensor.shape} exceeds its storage of {storage.size:,} numbers")
    return tensor


def _parameter(arguments: tuple) -> Tensor:
    """`torch._utils._rebuild_parameter(tensor, requires_grad, hooks)`."""
    if not arguments or not isinstance(arguments[0], Tensor):
        raise ValueError("a parameter has no tensor")
    return arguments[0]


def _dict(arguments: tuple) -> dict:
    """`collections.OrderedDict()`, also of pairs."""
    pairs = arguments[0] if arguments else []
    if len(arguments) > 1 or not isinstance(pairs, list) or not all(len(one) == 2 and is_key(one[0]) for one in pairs):
        raise ValueError("a dict is made of something else than pairs")
    return {str(key): value for key, value in pairs}


def is_key(value: Any) -> bool:
    """Whether a value can be a key; tuples of references to tuples of references would take years to hash or print."""
    return all(isinstance(part, KEYS) for part in (value if type(value) is tuple else (value,)))


def _size(arguments: tuple) -> tuple:
    """`torch.Size(numbers)`."""
    return tuple(arguments[0]) if arguments and isinstance(arguments[0], (list, tuple)) else ()


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**48:
        what = value if isinstance(value, (int, float)) else type(value).__name__
        raise ValueError(f"the pickle has {what} where a number of numbers should be")
    return value


CALLS: dict[str, Callable[[tuple], Any]] = {
    "collections.OrderedDict": _dict,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": _size,
}
