"""Reads the pickles in torch's files without running them: a machine that can only build tensors and containers.

A pickle is a program. Python's own machine for it can import and call whatever the program names; this one knows the
instructions for numbers, texts and containers, and of all calls only those that torch writes for tensors. Any other
name ends the reading with `BeyondTensors`, so that nothing of a file is ever executed.
"""

import pickletools
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

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


_MARK = object()  # on the stack, where the values begin that one instruction takes


def read_pickle(file: IO[bytes]) -> Any:
    """What the pickle at the file's place holds, with a `Tensor` for each of torch's; the file then stands after it.

    Raises:
        BeyondTensors: It holds anything else than tensors, containers, numbers and texts.
        ValueError: It is damaged.
    """
    return _Machine(file).run()


class _Machine:
    def __init__(self, file: IO[bytes]):
        self._program: Iterator = pickletools.genops(file)
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        for operation, argument, _ in self._program:
            if operation.name == "STOP":
                return self._pop()
            if operation.name in VALUES:
                self._stack.append(argument)
            elif operation.name in CONSTANTS:
                self._stack.append(CONSTANTS[operation.name]())
            elif act := ACTIONS.get(operation.name):
                act(self, argument)
            elif operation.name not in IGNORED:
                raise BeyondTensors(f"the instruction {operation.name}")
        raise ValueError("the pickle has no end")

    def _pop(self) -> Any:
        if not self._stack or self._stack[-1] is _MARK:
            raise ValueError("the pickle takes a value where none is")
        return self._stack.pop()

    def _marked(self) -> list[Any]:
        """The values since the last mark, taken from the stack with it."""
        for place in reversed(range(len(self._stack))):
            if self._stack[place] is _MARK:
                values = self._stack[place + 1 :]
                del self._stack[place:]
                return values
        raise ValueError("the pickle takes values up to a mark where none is")

    def _top(self, kind: type) -> Any:
        if not self._stack or not isinstance(self._stack[-1], kind):
            raise ValueError(f"the pickle fills a {kind.__name__} where none is")
        return self._stack[-1]

    # -- instructions ------------------------------------------------------------------------------------------------

    def mark(self, _: Any):
        self._stack.append(_MARK)

    def get(self, number: int):
        if number not in self._memo:
            raise ValueError("the pickle refers to a value that it does not have")
        self._stack.append(self._memo[number])

    def put(self, number: int | None):
        value = self._pop()
        self._memo[len(self._memo) if number is None else number] = value
        self._stack.append(value)

    def tuple_of_marked(self, _: Any):
        self._stack.append(tuple(self._marked()))

    def list_of_marked(self, _: Any):
        self._stack.append(self._marked())

    def append(self, _: Any):
        value = self._pop()
        self._top(list).append(value)

    def append_marked(self, _: Any):
        values = self._marked()
        self._top(list).extend(values)

    def set_item(self, _: Any):
        value, key = self._pop(), self._pop()
        self._fill([key, value])

    def set_marked(self, _: Any):
        self._fill(self._marked())

    def _fill(self, values: list[Any]):
        target = self._top(dict)
        if len(values) % 2 or not all(map(_is_key, values[::2])):
            raise ValueError("the pickle fills a dict with keys that are none")
        target.update(zip(values[::2], values[1::2], strict=True))

    def pop(self, _: Any):
        self._pop()

    def build(self, _: Any):
        """The state of an object: of a dict it is what torch notes about versions, which nothing reads."""
        self._pop()
        self._top(dict)

    def named(self, words: str):
        module, _, name = words.partition(" ")
        self._import(module, name)

    def named_by_stack(self, _: Any):
        name, module = self._pop(), self._pop()
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("the pickle imports something by a name that is none")
        self._import(module, name)

    def _import(self, module: str, name: str):
        found = Global(module, name)
        if str(found) not in CALLS and not (module == "torch" and name in STORAGES):
            raise BeyondTensors(str(found))
        self._stack.append(found)

    def call(self, _: Any):
        arguments, function = self._pop(), self._pop()
        if not isinstance(function, Global) or not isinstance(arguments, tuple) or str(function) not in CALLS:
            raise BeyondTensors(f"a call of {function if isinstance(function, Global) else type(function).__name__}")
        self._stack.append(CALLS[str(function)](arguments))

    def stored(self, _: Any):
        self._stack.append(_storage(self._pop()))


# -- what the instructions do ------------------------------------------------------------------------------------------


def _storage(words: Any) -> Storage:
    """Torch's reference to a storage: ("storage", its type, key, device, size), and a view in older files."""
    if not isinstance(words, tuple) or len(words) not in (5, 6) or words[0] != "storage":
        raise ValueError("the pickle refers to something that is no storage")
    _, kind, key, _, size, *view = words
    if not isinstance(kind, Global) or not _is_key(key):
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
    if len(arguments) > 1 or not isinstance(pairs, list) or not all(len(one) == 2 and _is_key(one[0]) for one in pairs):
        raise ValueError("a dict is made of something else than pairs")
    return {str(key): value for key, value in pairs}


def _is_key(value: Any) -> bool:
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
CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
VALUES = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING", "SHORT_BINSTRING"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}
IGNORED = {"PROTO", "FRAME"}


def _tuple_of(count: int) -> Callable[[_Machine, Any], None]:
    def act(machine: _Machine, _: Any):
        values = [machine._pop() for _ in range(count)]
        machine._stack.append(tuple(reversed(values)))

    return act


ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    "TUPLE": _Machine.tuple_of_marked,
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "LIST": _Machine.list_of_marked,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.append_marked,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_marked,
    "POP": _Machine.pop,
    "BUILD": _Machine.build,
    "GLOBAL": _Machine.named,
    "STACK_GLOBAL": _Machine.named_by_stack,
    "REDUCE": _Machine.call,
    "BINPERSID": _Machine.stored,
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.put),
}
