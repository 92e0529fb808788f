"""Reads the pickles in torch's files without running them: a machine that can only build tensors and containers.

A pickle is a program. Python's own machine for it can import and call whatever the program names; this one knows the
instructions for numbers, texts and containers, and of all calls only those that torch writes for tensors. Any other
name ends the reading with `BeyondTensors`, so that nothing of a file is ever executed.
"""

import pickletools
from collections.abc import Callable, Iterator
from typing import IO, Any

from inception_keras.weights.torch_values import CALLS, STORAGES, BeyondTensors, Global, is_key, storage_of

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
        if len(values) % 2 or not all(map(is_key, values[::2])):
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
        self._stack.append(storage_of(self._pop()))


# -- what the instructions do ------------------------------------------------------------------------------------------


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
