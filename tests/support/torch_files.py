"""Writes `.pth` files as torch does, without torch: the zip of today, and the container of torch before 1.6.

Python's pickler writes the structure; classes of torch's names stand for torch's.
"""

import collections
import io
import itertools
import pickle
import sys
import types
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from inception_keras.weights.torch_files import MAGIC, PROTOCOL
from inception_keras.weights.torch_values import CALLS, STORAGES

KINDS = {np.dtype(code): name for name, code in STORAGES.items() if name != "BFloat16Storage"}


class Stored(NamedTuple):
    """A tensor as a file has it: the type of its storage, all numbers of it, and the view."""

    kind: str
    numbers: np.ndarray
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def names() -> tuple[str, ...]:
    """Every name of torch that the reader knows."""
    return (*CALLS, *(f"torch.{name}" for name in STORAGES))


def zipped(content: Any, *, protocol: int = 2, order: str = "little", pickled: bytes | None = None) -> bytes:
    """The bytes that `torch.save` writes; `pickled` replaces the structure."""
    structure, storages = _pickle(content, protocol, older=False)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("net/data.pkl", pickled or structure)
        archive.writestr("net/byteorder", order)
        for key, numbers in storages.items():
            archive.writestr(f"net/data/{key}", numbers.tobytes())
        archive.writestr("net/version", "3\n")
    return file.getvalue()


def legacy(content: Any, *, protocol: int = 2) -> bytes:
    """The bytes that torch before 1.6 wrote, and `torch.save(_use_new_zipfile_serialization=False)` writes."""
    structure, storages = _pickle(content, protocol, older=True)
    machine = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    parts = [pickle.dumps(part, 2) for part in (MAGIC, PROTOCOL, machine)]
    parts += [structure, pickle.dumps(list(storages), 2)]
    for numbers in storages.values():
        parts += [len(numbers).to_bytes(8, "little"), numbers.tobytes()]
    return b"".join(parts)


class _Storage:
    """What torch's pickler refers to from outside of the pickle."""

    def __init__(self, stored: Stored):
        self.kind, self.numbers = stored.kind, stored.numbers


class _Tensor:
    """Pickled as torch pickles a tensor."""

    def __init__(self, stored: Stored, storage: _Storage):
        self.stored, self.storage = stored, storage

    def __reduce__(self):
        view = (self.storage, self.stored.offset, self.stored.shape, self.stored.strides)
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (*view, False, collections.OrderedDict())


def _pickle(content: Any, protocol: int, older: bool) -> tuple[bytes, dict[str, np.ndarray]]:
    """The pickle of the structure, and the numbers of each storage by its key."""
    storages: dict[int, _Storage] = {}
    keys: dict[int, str] = {}
    numbered = itertools.count()

    def storage_of(stored: Stored) -> _Storage:
        return storages.setdefault(id(stored.numbers), _Storage(stored))

    class Pickler(pickle._Pickler):  # type: ignore[name-defined]  # Python's own, which takes any function by its name
        def persistent_id(self, obj):
            if not isinstance(obj, _Storage):
                return None
            key = keys.setdefault(id(obj), str(next(numbered)))
            kind = getattr(sys.modules["torch"], obj.kind)
            return ("storage", kind, key, "cpu", len(obj.numbers), *((None,) if older else ()))

    file = io.BytesIO()
    with _names_of_torch():
        Pickler(file, max(protocol, 1)).dump(_replaced(content, storage_of))
    return file.getvalue(), {keys[id(one)]: one.numbers for one in storages.values()}


def _replaced(content: Any, storage_of: Any) -> Any:
    if isinstance(content, Stored):
        return _Tensor(content, storage_of(content))
    if isinstance(content, np.ndarray):
        strides = tuple(stride // content.itemsize for stride in np.ascontiguousarray(content).strides)
        kind = KINDS[content.dtype.newbyteorder("=")]
        flat = content.ravel()
        return _Tensor(*(lambda s: (s, storage_of(s)))(Stored(kind, flat, 0, content.shape, strides[: content.ndim])))
    if isinstance(content, dict):
        made = type(content)((key, _replaced(value, storage_of)) for key, value in content.items())
        vars(made).update(vars(content)) if hasattr(content, "_metadata") else None
        return made
    if isinstance(content, list):
        return [_replaced(value, storage_of) for value in content]
    return content


@contextmanager
def _names_of_torch() -> Iterator[None]:
    """Modules of torch's names while a file is written, whether torch is installed or not."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2(*arguments):
        raise AssertionError("only its name is written")

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    for name in STORAGES:
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    before = {name: sys.modules.get(name, ...) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        yield
    finally:
        for name, module in before.items():
            sys.modules.pop(name) if module is ... else sys.modules.update({name: module})
