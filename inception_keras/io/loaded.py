"""Which weights file was loaded into a model: its manifest says how images are prepared, and names the classes."""

import weakref
from pathlib import Path
from typing import Any

from inception_keras.io.manifests import read_manifest

_paths: weakref.WeakKeyDictionary[Any, Path] = weakref.WeakKeyDictionary()


def remember_file(model, path: str | Path):
    """Notes that the weights of `model` are from the file."""
    _paths[model] = Path(path).absolute()


def remember_same_file(model, other):
    """Notes that the weights of `model` are from the file of `other`, if that is known."""
    if other in _paths:
        _paths[model] = _paths[other]


def manifest_of(model) -> dict | None:
    """The manifest of the weights file that was loaded into a model; `None` if none was, or it has no manifest.

    Raises:
        UserError: The manifest is damaged, or the file was changed meanwhile.
    """
    path = _paths.get(model)
    return read_manifest(path) if path is not None and path.exists() else None
