"""Parts of pages that take long to make, kept between runs: drawings, and costs counted on rebuilt networks.

They are in `inception_keras/pages` in the user's cache. A part is found by everything that it is made from: the
records' numbers, the code, and the version of the library that makes it. So it is made again when one of them changes,
and all files may be deleted.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ablations.files import write_files
from inception_keras.errors import UserError
from inception_keras.io.user_cache import cache_folder

ROOT = Path(__file__).parents[3]


def kept(kind: str, made_from: object, code: tuple[str, ...], library: str, make: Callable[[], dict]) -> dict:
    """What `make` returns, read from the cache if it is there.

    Args:
        kind: What it is; it begins the file's name.
        made_from: The numbers that it is made from, as JSON values.
        code: Folders of Python files, from the root of both packages, that it is made by.
        library: The installed package that it is made with.
        make: Makes it, as JSON values.
    """
    key = json.dumps([made_from, [_digest(folder) for folder in code], library, version(library)], sort_keys=True)
    folder, name = cache_folder() / "pages", f"{kind}-{hashlib.sha256(key.encode()).hexdigest()[:20]}.json"
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        made = make()
    with suppress(UserError):  # a page does not fail for lack of a cache
        write_files(folder, {name: json.dumps(made)})
    return made


@cache
def _digest(folder: str) -> str:
    """The hash of all Python files in a folder of the packages."""
    found = hashlib.sha256()
    for path in sorted((ROOT / folder).rglob("*.py")):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
