"""Opens HDF5 files that contain all of their data, and reads the arrays in them.

HDF5 can point outside: links to other files, data sets with their bytes in other files, virtual data sets. Keras writes
none of them, and following one opens any path that the file's author chose. All are refused before they are followed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.regular_files import check_file
from inception_keras.io.unpacking import check_unpacked


@contextmanager
def open_hdf5(path: str | Path) -> Iterator[Any]:
    """Opens an HDF5 file for reading, as an `h5py.File`.

    Raises:
        UserError: It is not a regular file, is cut short or damaged, points outside itself, or unpacks to many times
            its size.
    """
    path = Path(path)
    with open_root(path) as file:
        check_unpacked(path.name, sum(_own_bytes(file, path)), check_file(path))
        yield file


@contextmanager
def open_root(path: str | Path) -> Iterator[Any]:
    """As `open_hdf5`, for the names at the file's root alone: what is behind them is not checked, which takes longest.

    Raises:
        UserError: It is not a regular file, or is cut short or damaged.
    """
    import h5py

    path = Path(path)
    check_file(path)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except UserError:
        raise
    except Exception as error:  # on damaged files h5py raises exceptions of many types
        raise UserError(f"{path.name} is an HDF5 file that is cut short or damaged: {in_one_line(error)}") from error


def _own_bytes(file, path: Path) -> Iterator[int]:
    """Yields the bytes of each data set, after checking every link on the way to it."""
    import h5py

    groups, seen = [file["/"]], set()
    while groups:
        group = groups.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:  # links may form a circle
            continue
        seen.add(address)
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise UserError(f"{path.name}: {group.name}/{name} is a link, which can lead to another file: refused")
            item = group[name]
            if isinstance(item, h5py.Group):
                groups.append(item)
            elif isinstance(item, h5py.Dataset):
                if item.external or item.is_virtual:
                    raise UserError(f"{path.name}: the numbers of {item.name} are in another file: refused")
                yield item.nbytes if item.shape is not None else 0


def is_array(item: Any) -> bool:
    """Whether an item of a file is an array of numbers that `read_array` reads."""
    import h5py

    return (
        isinstance(item, h5py.Dataset) and item.shape is not None and (item.dtype.kind in "fiub" or _is_bfloat16(item))
    )


def read_array(dataset: Any) -> np.ndarray:
    """The numbers of a data set; bfloat16 as float32, which holds each of them exactly."""
    array = np.asarray(dataset)
    if not _is_bfloat16(dataset):
        return array
    bits = np.left_shift(array.view("u2"), 16, dtype="u4")
    return np.asarray(bits).view("f4")


def _is_bfloat16(dataset: Any) -> bool:
    """HDF5 has no type for bfloat16: Keras stores opaque pairs of bytes, and says in an attribute what they are."""
    return dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and dataset.attrs.get("dtype") == "bfloat16"
