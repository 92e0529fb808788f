"""The manifest of the weights file that was loaded into a model: how images are prepared, and the classes' names."""

from functools import lru_cache
from pathlib import Path

from inception_keras.io.manifests import manifest_path, read_manifest
from inception_keras.origins import origin_of


def manifest_of(model) -> dict | None:
    """The manifest of the weights file that was loaded into a model; `None` if none was, or it has no manifest.

    Raises:
        UserError: The manifest is damaged, or the file was changed meanwhile.
    """
    origin = origin_of(model)
    if origin is None or not origin.path.exists():
        return None
    path = origin.path
    return _checked_manifest(path, _state(path), _state(manifest_path(path)))


@lru_cache(maxsize=16)
def _checked_manifest(path: Path, *_states: tuple[int, int] | None) -> dict | None:
    """The manifest of a file, read once per state of both: the check hashes the whole file."""
    return read_manifest(path)


def _state(path: Path) -> tuple[int, int] | None:
    """When a file was last changed, and its size; `None` if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
