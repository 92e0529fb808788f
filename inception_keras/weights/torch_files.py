"""Reads torch's `.pth` files without torch: the zip of today, and the container of torch before 1.6.

`pickled_tensors` reads the structure, which can only be of tensors; their numbers are copied from the file.
"""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.kinds import ZIP
from inception_keras.io.regular_files import check_file, open_file
from inception_keras.io.unpacking import check_unpacked
from inception_keras.weights.pickled_tensors import read_pickle
from inception_keras.weights.torch_values import STORAGES, BeyondTensors, Storage, Tensor

# How the container of torch before 1.6 begins: `MAGIC_NUMBER` and `PROTOCOL_VERSION` of torch/serialization.py.
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
DEPTH = 16  # of containers in containers


def read_torch_file(path: Path) -> Any:
    """What a `.pth` file holds: dictionaries and lists as they are, an array for each tensor.

    Raises:
        BeyondTensors: The file holds more than tensors.
        UserError: It is cut short or damaged, or its tensors are too large for it.
    """
    try:
        with open_file(path) as file:
            zipped = file.read(len(ZIP)) == ZIP
            file.seek(0)
            content, numbers = _read_zip(file, path) if zipped else _read_stream(file, path)
        return _with_arrays(content, numbers)
    except (BeyondTensors, UserError):
        raise
    except Exception as error:  # damaged bytes end the readers of pickles and zip archives in many ways
        raise UserError(
            f"{path.name} is a torch checkpoint that is cut short or damaged: {in_one_line(error, most=200)}"
        ) from error


def _read_zip(file: io.BufferedReader, path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        (pickle,) = [name for name in names if name.endswith("/data.pkl")]
        folder = pickle.removesuffix("data.pkl")
        content = read_pickle(io.BytesIO(archive.read(pickle)))
        order = archive.read(f"{folder}byteorder").decode() if f"{folder}byteorder" in names else "little"
        storages = _storages(content, path)
        return content, {
            storage.key: _numbers(archive.read(f"{folder}data/{storage.key}"), storage, order)
            for storage in storages.values()
        }


def _read_stream(file: io.BufferedReader, path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    """Pickles in a row (the magic number, the version, the machine, the content, the keys), then the storages."""
    magic = read_pickle(file)
    if magic != MAGIC:
        return magic, {}  # a pickle that torch did not write
    if (version := read_pickle(file)) != PROTOCOL:
        known = version if isinstance(version, int) else type(version).__name__
        raise ValueError(f"the container has the version {known}, not {PROTOCOL}")
    machine = read_pickle(file)
    order = "little" if not isinstance(machine, dict) or machine.get("little_endian", True) else "big"
    content = read_pickle(file)
    storages = _storages(content, path)
    numbers = {}
    for key in read_pickle(file):
        if not isinstance(key, (str, int)):
            raise ValueError(f"the container has a storage with a {type(key).__name__} as its key")
        (count,) = struct.unpack("<q" if order == "little" else ">q", file.read(8))
        storage = storages.get(str(key))
        if storage is None or storage.size != count:
            raise ValueError(f"the storage {key} has {count:,} numbers, which no tensor says")
        size = count * np.dtype(STORAGES[storage.kind]).itemsize
        numbers[storage.key] = _numbers(file.read(size), storage, order)
    return content, numbers


def _storages(content: Any, path: Path) -> dict[str, Storage]:
    """The storages of all tensors by key, after a check that the tensors are not larger than the file can be."""
    found: dict[str, Storage] = {}
    unpacked = 0

    def see(tensor: Tensor):
        nonlocal unpacked
        known = found.setdefault(tensor.storage.key, tensor.storage)
        if known != tensor.storage:
            raise ValueError(f"the storage {known.key} has two types")
        unpacked += int(np.prod(tensor.shape, dtype=object)) * np.dtype(STORAGES[known.kind]).itemsize

    _walk(content, see)
    size = check_file(path)
    check_unpacked(path.name, unpacked, size)
    check_unpacked(path.name, sum(one.size * np.dtype(STORAGES[one.kind]).itemsize for one in found.values()), size)
    return found


def _numbers(content: bytes, storage: Storage, order: str) -> np.ndarray:
    kind = np.dtype(STORAGES[storage.kind]).newbyteorder("<" if order == "little" else ">")
    if len(content) != storage.size * kind.itemsize:
        raise ValueError(f"the storage {storage.key} has {len(content):,} bytes, not {storage.size * kind.itemsize:,}")
    return np.frombuffer(content, kind).astype(kind.newbyteorder("="), copy=False)


def _with_arrays(content: Any, numbers: Mapping[str, np.ndarray]) -> Any:
    return _walk(content, lambda tensor: tensor.array(numbers[tensor.storage.key]))


def _walk(content: Any, at_tensor: Callable[[Tensor], Any]) -> Any:
    """`content` with `at_tensor(tensor)` in the place of each tensor."""
    walked: dict[int, Any] = {}  # by id: lists of ten references to a list of ten references would take years

    def walk(part: Any, depth: int) -> Any:
        if depth > DEPTH:
            raise ValueError(f"it has containers in containers, more than {DEPTH} deep")
        if isinstance(part, Tensor):
            return at_tensor(part)
        if id(part) in walked:
            return walked[id(part)]
        if isinstance(part, dict):
            walked[id(part)] = {key: walk(value, depth + 1) for key, value in part.items()}
        elif type(part) in (list, tuple):
            walked[id(part)] = type(part)(walk(value, depth + 1) for value in part)
        else:
            return part
        return walked[id(part)]

    return walk(content, 0)
