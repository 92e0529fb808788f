"""Kept answers: what takes long to make is made once, and read from the user's cache by later processes.

They are in the folder `kept` of the cache. The name of an answer's file is a hash of everything that the answer follows
from: what it is made from, the source code that makes it, and the versions of the libraries that this code calls. When
one of them changes, the name does too, and the answer is made again. All files may be deleted at any time.

A process whose source files change while it runs keeps nothing that it makes: which of them made it is not known.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from inception_keras.io.user_cache import cache_folder
from inception_keras.io.writing import write_atomically

ROOT = Path(__file__).parents[2]  # of both packages
STARTED = time.time()


def kept(
    kind: str, made_from: object, make: Callable[[], Any], *, code: tuple[str, ...], libraries: tuple[str, ...]
) -> Any:
    """What `make` returns, read from the cache if it is there and whole.

    Without a cache that can be read and written, and with a library whose version is not known, it is made every time.

    Args:
        kind: What it is; it begins the file's name.
        made_from: Everything but code that it is made from, as JSON values.
        make: Makes it, as JSON values: lists, and dicts whose keys are texts.
        code: Folders of the Python files, from the root of both packages, that make it.
        libraries: The installed packages that it is made with.
    """
    try:
        versions = [(library, version(library)) for library in libraries]
    except PackageNotFoundError:
        return make()
    key = json.dumps([made_from, [_digest(folder) for folder in code], versions], sort_keys=True)
    path = cache_folder() / "kept" / f"{kind}-{_hash(key)[:32]}.json"
    with suppress(OSError, ValueError):
        return _checked(path.read_text(encoding="utf-8"))
    made = make()
    if _changed_since_start(code):
        return made
    text = json.dumps(made)
    with suppress(OSError):  # nothing fails for lack of a cache
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, f"{_hash(text)}\n{text}".encode())
    return made


def _checked(content: str) -> Any:
    """The answer in a file, whose first line is its hash; raises `ValueError` if the file is damaged."""
    written, _, text = content.partition("\n")
    if written != _hash(text):
        raise ValueError("its hash does not match")
    return json.loads(text)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _sources(folder: str) -> Iterator[Path]:
    """All Python files in a folder of the packages."""
    return (ROOT / folder).rglob("*.py")


@cache
def _digest(folder: str) -> str:
    """The hash of the names and the contents of `_sources`."""
    found = hashlib.sha256()
    for path in sorted(_sources(folder)):
        content = path.read_bytes()
        found.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _changed_since_start(code: tuple[str, ...]) -> bool:
    return any(path.stat().st_ctime > STARTED for folder in code for path in _sources(folder))
