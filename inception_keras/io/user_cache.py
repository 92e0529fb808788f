"""The user's cache folder: decoded images, compiled programs, prepared data sets, fetched weights."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/inception_keras`, else `~/.cache/inception_keras`; it may not exist yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "inception_keras"
