"""Which file the weights of a model were loaded from: models can't say it themselves, since Keras tracks attributes."""

import weakref
from pathlib import Path
from typing import Any

_paths: weakref.WeakKeyDictionary[Any, Path] = weakref.WeakKeyDictionary()


def remember_file(model, path: str | Path):
    """Notes that the weights of `model` are from the file."""
    _paths[model] = Path(path).absolute()


def remember_same_file(model, other):
    """Notes that the weights of `model` are from the file of `other`, if that is known."""
    if other in _paths:
        _paths[model] = _paths[other]


def file_of(model) -> Path | None:
    """The file that was loaded last into a model; `None` if none was."""
    return _paths.get(model)
