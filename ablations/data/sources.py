"""What every kind of data set offers to the code that cuts, decodes, caches and streams it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import numpy as np


class Source(Protocol):
    """An open data set: prepared by TFDS, or files of the user's own.

    Attributes:
        directory: Where it is.
        version: Its version.
        note: Its description.
        counts: Examples by split.
        class_names: Names of the classes, in the order of the labels.
        channels: Channels of every image.
        one_size: Whether all images are known to have one size.
        format: What the files are.
        random_access: Whether examples can be read in any order.
        damage_hint: What to do about an image that can't be decoded, besides what the error of the set says.
        too_small: Classes of which no test examples could be cut off, as they have too few.
    """

    directory: Path
    version: str
    note: str
    counts: dict[str, int]
    class_names: tuple[str, ...]
    channels: int
    one_size: bool
    format: str
    random_access: bool
    damage_hint: str
    too_small: tuple[str, ...]

    def labels(self, split: str, first: int | None = None, tell: Callable[[int], None] | None = None) -> np.ndarray: ...

    def images(self, split: str, ids: np.ndarray) -> Iterator[bytes]: ...

    def at_random(self, split: str) -> Callable[[np.ndarray], list[bytes]]: ...

    def files(self, split: str) -> list[Path]: ...

    def lengths(self, split: str) -> list[int]: ...

    def example_name(self, split: str, index: int) -> str: ...

    def damage_reported(self, files: Sequence[Path] = ()) -> AbstractContextManager[None]: ...
