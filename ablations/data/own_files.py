"""What data sets of the user's own files share: a path that is typed after a prefix, and how damage is told."""

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
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

    @abstractmethod
    def images(self, split: str, ids: np.ndarray) -> Iterator[bytes]:
        """Yields the images with these places in the split, each as a file."""

    @abstractmethod
    def damage(self, error: Exception, about: Path) -> str:
        """What is said of an error while `about` was read: one file, or `directory`."""

    def at_random(self, split: str) -> Callable[[np.ndarray], list[bytes]]:
        """A function from places to images as files."""
        return lambda ids: list(self.images(split, ids))

    @contextlib.contextmanager
    def damage_reported(self, files: Sequence[Path] = ()) -> Iterator[None]:
        """Turns whatever reading raises into a `UserError` that names the file, or the folder."""
        try:
            yield
        except (UserError, ImportError, MemoryError):
            raise
        except Exception as error:
            raise UserError(self.damage(error, files[0] if len(files) == 1 else self.directory)) from error
