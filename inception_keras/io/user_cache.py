"""The user's cache folder: decoded images, compiled programs, prepared data sets, fetched weights, kept answers."""

import os
from pathlib import Path

VARIABLE = "INCEPTION_KERAS_CACHE"


def cache_folder() -> Path:
    """`$INCEPTION_KERAS_CACHE`, else `inception_keras` in `$XDG_CACHE_HOME` or `~/.cache`; it may not exist yet."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "inception_keras"


def pretrained_folder() -> Path:
    """Published weights that were converted, one folder per source, and files that the user has put there to convert.

    Files are in `downloads` until they are converted, and `pins` has the SHA-256 of those that are known by less.
    """
    return cache_folder() / "pretrained"
