"""What data sets of the user's own files share: a path that is typed after a prefix, what identifies them, and how
damage is told.
"""

import contextlib
import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from inception_keras.errors import UserError


def typed_path(name: str, prefix: str) -> Path | None:
    """The path in `prefix` + PATH; `None` if there is nothing at it.

    >>> typed_path("folder:", "folder:"), typed_path("folder:.", "folder:")
    (None, PosixPath('.'))
    """
    typed = name.removeprefix(prefix)
    path = Path(os.path.expanduser(typed))
    return path if typed and path.exists() else None


class OwnFiles(ABC):
    """The part of `sources.Source` that is the same for every kind of file.

    Attributes:
        directory: The folder or file that was typed.
    """

    directory: Path
    damage_hint = ""
    too_small: tuple[str, ...] = ()

    @abstractmethod
    def images(self, split: str, ids: np.ndarray) -> Iterator[bytes]:
        """Yields the images with these places in the split, each as a file."""

    @abstractmethod
    def files(self, split: str) -> list[Path]:
        """The files that the examples of a split are in."""

    @abstractmethod
    def damage(self, error: Exception, about: Path) -> str:
        """What is said of an error while `about` was read: one file, or `directory`."""

    def at_random(self, split: str) -> Callable[[np.ndarray], list[bytes]]:
        """A function from places to images as files."""
        return lambda ids: list(self.images(split, ids))

    def identity(self, split: str) -> list[tuple[str, str]]:
        """For each file that decides which images a split has: its path below `directory`, and its SHA-256.

        A picture's class is the folder that it is in. Users rewrite their files under the same names, often in the same
        size, so the content is read however large it is: about a second per GB.
        """
        return [self._identified(path) for path in self.files(split)]

    def _identified(self, path: Path) -> tuple[str, str]:
        if path not in self._digests:
            with self.damage_reported([path]), open(path, "rb") as file:
                self._digests[path] = hashlib.file_digest(file, "sha256").hexdigest()
        return path.relative_to(self.directory).as_posix(), self._digests[path]

    @cached_property
    def _digests(self) -> dict[Path, str]:
        """SHA-256 by file: train and validation, and the splits of a NumPy file, are in the same files."""
        return {}

    @contextlib.contextmanager
    def damage_reported(self, files: Sequence[Path] = ()) -> Iterator[None]:
        """Turns whatever reading raises into a `UserError` that names the file, or the folder."""
        try:
            yield
        except (UserError, ImportError, MemoryError):
            raise
        except Exception as error:
            raise UserError(self.damage(error, files[0] if len(files) == 1 else self.directory)) from error
