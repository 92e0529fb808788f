"""A cache of arrays that take long to make from a data set, kept between runs and shared by the processes of a run.

The files are in `inception_keras` in the user's cache (XDG_CACHE_HOME, else `~/.cache`), not beside the data, which
belongs to TFDS and may be shared and read-only. A damaged file is made again, other data gets another file, and all of
them may be deleted.
"""

import hashlib
import io
import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ablations.data.own_files import OwnFiles
from ablations.data.sources import Source
from inception_keras.io.arrays import read_header
from inception_keras.io.regular_files import check_file, open_file
from inception_keras.io.user_cache import cache_folder
from inception_keras.io.writing import write_atomically

WORTH = 16 * 2**20  # bytes of a split's files; from fewer, an array is made in a second and not cached
LARGE = 2**30  # bytes of a split's files, prepared by TFDS; more would take long to read for a digest
DIGEST = hashlib.sha256().digest_size


def kept(
    source: Source,
    split: str,
    kind: str,
    key: object,
    make: Callable[[], np.ndarray],
    *,
    dtype: type[np.generic],
    shape: tuple[int, ...],
) -> np.ndarray:
    """The array that `make` returns, read from the cache if it is there.

    Args:
        source: The set that the array is made from.
        split: The TFDS split that it is made from.
        kind: What the array holds (`labels`, `images`); it names the folder.
        key: What the array depends on besides the files of the split; its `repr` must be the same in every process.
        make: Makes the array.
        dtype, shape: Of the array; a file with another one was not written here.

    Returns:
        The array. One from the cache is read-only, and other processes share its memory.
    """
    if size(source, split) < WORTH:
        return make()
    digest = hashlib.sha256(repr((_identity(source, split), split, key)).encode()).hexdigest()[:16]
    name = source.files(split)[0].name.partition(".")[0]  # imagenet2012-train
    path = cache_folder() / kind / f"{name}-{source.version}-{digest}.npy"
    array = _read(path)
    if array is None or array.dtype != dtype or array.shape != shape:
        array = make()
        try:
            _write(path, array)
        except OSError as error:
            problem = f"the {kind} can't be cached in {path.parent} ({error.strerror})"
            print(f"{problem}: the next run will make them again", file=sys.stderr, flush=True)
    return array


def size(source: Source, split: str) -> int:
    """Bytes of the files of a TFDS split."""
    return sum(path.stat().st_size for path in source.files(split) if path.is_file())


def _identity(source: Source, split: str) -> list:
    """What identifies the files of a split: digests of their content; of a large prepared set names and sizes.

    Nobody writes the files of a prepared version again, and their names have the set, the split and their number.
    """
    if isinstance(source, OwnFiles):
        return source.identity(split)
    files = [path for path in source.files(split) if path.is_file()]
    if size(source, split) >= LARGE:
        return [(path.name, path.stat().st_size) for path in files]
    digests = []
    for path in files:
        with open(path, "rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests


def _read(path: Path) -> np.ndarray | None:
    """The memory-mapped array of a file; `None` if the file is missing or damaged."""
    try:
        check_file(path)
        content = np.memmap(path, np.uint8, "r")
        if hashlib.sha256(content[DIGEST:].data).digest() != content[:DIGEST].tobytes():
            return None
        with open_file(path) as file:
            file.seek(DIGEST)
            shape, fortran, dtype = read_header(file)
            place = file.tell()
        if fortran or len(content) - place != math.prod(shape) * dtype.itemsize:  # `_write` never does so
            return None
        return np.asarray(np.memmap(path, dtype, "r", place, shape))
    except (OSError, ValueError):
        return None


def _write(path: Path, array: np.ndarray):
    """Writes an array in NumPy's format, with a SHA-256 digest of it in front."""
    array, header = np.ascontiguousarray(array), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    digest = hashlib.sha256(header.getvalue())
    digest.update(array.data)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, digest.digest(), header.getvalue(), array.data)
