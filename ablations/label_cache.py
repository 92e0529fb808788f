"""The labels of a large set, read once and kept: they lie between the images, so that reading them reads all of it.

They are kept in the user's cache (XDG_CACHE_HOME, else `~/.cache`), not beside the data, which belongs to TFDS and may
be shared and read-only; under the set's name and a digest of the names and sizes of its files, so that a set which is
prepared anew is read anew.
"""

import hashlib
import io
import os
import sys
import time
from pathlib import Path

import numpy as np

from ablations.files import write_atomically
from ablations.prepared import Prepared

LARGE = 2**30  # bytes of a split; less is read in seconds
TOLD_EVERY = 30.0  # seconds


def labels(source: Prepared, split: str) -> np.ndarray:
    """The labels of a TFDS split in stored order, int32 (n,), as `Prepared.labels` gives them."""
    if not source.random_access:
        return source.labels(split)
    files = [(path.name, path.stat().st_size) for path in source.files(split) if path.is_file()]
    size = sum(size for _, size in files)
    if size < LARGE:
        return source.labels(split)
    path = _path(source, split, files)
    kept = _read(path, source.counts[split])
    if kept is not None:
        return kept
    count = source.counts[split]
    _say(
        f"reading the {count:,} labels of {source.directory}, split {split} ({size / 1e9:.3g} GB), once: kept in {path}"
    )
    began = told = time.monotonic()

    def tell(done: int):
        nonlocal told
        if time.monotonic() - told >= TOLD_EVERY:
            told = time.monotonic()
            left = (told - began) * (count / done - 1) / 60
            _say(f"reading the labels: {done / count:.0%}, about {left:.0f} minutes left")

    read = source.labels(split, tell=tell)
    try:
        _write(path, read)
    except OSError as error:
        _say(f"the labels can't be kept in {path.parent} ({error.strerror}): the next run reads them again")
    return read


def _path(source: Prepared, split: str, files: list[tuple[str, int]]) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    name = source.files(split)[0].name.partition(".")[0]  # imagenet2012-train
    digest = hashlib.sha256(repr((source.version, files)).encode()).hexdigest()[:16]
    return cache / "inception_keras" / "labels" / f"{name}-{source.version}-{digest}.npy"


def _read(path: Path, count: int) -> np.ndarray | None:
    try:
        kept = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # not there, or damaged: it is read again
        return None
    return kept if kept.shape == (count,) and kept.dtype == np.int32 else None


def _write(path: Path, read: np.ndarray):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    np.save(content, read)
    write_atomically(path, content.getvalue())


def _say(sentence: str):
    print(sentence, file=sys.stderr, flush=True)
