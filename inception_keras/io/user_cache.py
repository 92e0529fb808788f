"""Where the user's cache is: decoded images, compiled programs, prepared sets, fetched weights."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/inception_keras`, else `~/.cache/inception_keras`; it need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "inception_keras"
