"""Reads `.npz` content after checking what it unpacks to: a small file can declare arrays larger than the memory."""

import io
import math
import zipfile

import numpy as np


def read_arrays(content: bytes, most: int) -> dict[str, np.ndarray]:
    """The arrays in the content of an `.npz` file, by name.

    Args:
        content: As `numpy.savez` writes it, compressed or not.
        most: The largest size in bytes of all arrays together that makes sense.

    Raises:
        ValueError: The content is damaged, unpacks to more than `most` bytes, or has arrays of objects.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > most:
                raise ValueError(f"it unpacks to {size:,} bytes, more than {most:,}")
            return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in archive.infolist()}
    except ValueError:
        raise
    except Exception as error:  # on damaged content zipfile and zlib raise exceptions of many types
        raise ValueError(f"it is damaged: {error}") from error


def _array(content: bytes) -> np.ndarray:
    """The array in the content of an `.npy` file, whose header must fit the bytes behind it."""
    file = io.BytesIO(content)
    shape, fortran, dtype = read_header(file)
    place, count = file.tell(), math.prod(shape)
    if count * dtype.itemsize != len(content) - place:
        raise ValueError(f"it declares {count:,} numbers of {dtype}, which are not in it")
    array = np.frombuffer(content, dtype, count, place)
    return array.reshape(shape, order="F" if fortran else "C").copy()


def read_header(file) -> tuple[tuple[int, ...], bool, np.dtype]:
    """(shape, whether in Fortran's order, type) from the header of an `.npy` file, at which `file` stands.

    Raises:
        ValueError: It is no header, or of a type with Python objects, whose bytes would be taken for addresses.
    """
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError(f"it has an array of Python objects ({dtype})")
    return shape, fortran, dtype
