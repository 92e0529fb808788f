"""Folders in the directory for temporary files, where any user may have made one of the same name first."""

import os
import stat
from pathlib import Path


def own_folder(path: Path) -> Path:
    """Creates a folder that only this user can write, or checks that an existing one is such; returns it.

    Raises:
        PermissionError: It is a link, or belongs to another user, or others can write to it.
        OSError: It can't be created.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise PermissionError(1, "it is a link, which another user may have made", str(path))
    if hasattr(os, "getuid") and found.st_uid != os.getuid():  # Windows has a directory for each user
        raise PermissionError(1, "it belongs to another user", str(path))
    if os.name == "posix" and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(1, "other users can write to it", str(path))
    return path
