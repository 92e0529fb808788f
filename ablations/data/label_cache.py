"""Caches the labels of a prepared set: they are stored between its images, so reading them means reading all files."""

import sys
import time

import numpy as np

from ablations.data import cache
from ablations.data.own_files import OwnFiles
from ablations.data.sources import Source

TOLD_FROM = 2**30  # bytes of a split from which progress is printed; smaller ones are read in seconds
TOLD_EVERY = 30.0  # seconds between messages


def labels(source: Source, split: str) -> np.ndarray:
    """The labels of a split in stored order, int32 (n,): from the cache or from `Source.labels`."""
    if isinstance(source, OwnFiles):  # has its labels since it was opened, and is what users rewrite
        return source.labels(split)
    shape = (source.counts[split],)
    return cache.kept(source, split, "labels", source.format, lambda: _read(source, split), dtype=np.int32, shape=shape)


def _read(source: Source, split: str) -> np.ndarray:
    size, count = cache.size(source, split), source.counts[split]
    if size < TOLD_FROM:
        return source.labels(split)
    _say(f"reading the {count:,} labels of {source.directory}, split {split} ({size / 1e9:.3g} GB), once")
    began = told = time.monotonic()

    def tell(done: int):
        nonlocal told
        if time.monotonic() - told >= TOLD_EVERY:
            told = time.monotonic()
            left = (told - began) * (count / done - 1) / 60
            _say(f"reading the labels: {done / count:.0%}, about {left:.0f} minutes left")

    return source.labels(split, tell=tell)


def _say(sentence: str):
    print(sentence, file=sys.stderr, flush=True)
