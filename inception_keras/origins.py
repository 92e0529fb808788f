"""Which file the weights of a model were loaded from: models can't say it themselves, since Keras tracks attributes."""

import weakref
from pathlib import Path
from typing import Any, NamedTuple


class Origin(NamedTuple):
    """Where the weights of a model are from.

    Attributes:
        path: The weights file.
        head: Whether the head's are from it too: names of classes in its manifest are no others' names.
    """

    path: Path
    head: bool


_origins: weakref.WeakKeyDictionary[Any, Origin] = weakref.WeakKeyDictionary()


def remember_file(model, path: str | Path, head: bool = True):
    """Notes that the weights of `model` are from the file; `head`: also those of all layers of its head."""
    _origins[model] = Origin(Path(path).absolute(), head)


def remember_same_file(model, other):
    """Notes that the weights of `model` are from the file of `other`, if that is known."""
    if other in _origins:
        _origins[model] = _origins[other]


def origin_of(model) -> Origin | None:
    """The file that was loaded last into a model; `None` if none was."""
    return _origins.get(model)
