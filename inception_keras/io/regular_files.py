"""Opens the files that a user names: regular files only.

A FIFO waits for a writer, a device such as /dev/zero never ends, and opening some devices does something. Every path of
a user is therefore opened here, or checked here before a library opens it.
"""

import os
import stat
from io import BufferedReader
from pathlib import Path

from inception_keras.errors import UserError

# Without O_NONBLOCK, opening a FIFO that took the file's place after the check would wait. Windows lacks the flag.
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Unreadable(UserError):
    """The system does not let a file be read, which says nothing about its content: permissions, a failing disk."""


def check_file(path: str | Path, folder_hint: str = "give a file in it") -> int:
    """Checks that `path` is a regular file, or a link to one, without opening it; returns its size in bytes.

    Args:
        path: What the user named.
        folder_hint: What the message says if it is a folder.

    Raises:
        UserError: It is missing, a folder, a FIFO, a device or a socket, or the system refuses the name.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise UserError(f"there is no file {path}") from None
    except (OSError, ValueError) as error:  # ValueError: the name contains a null byte
        raise _unreadable(path, error) from None
    return _check_kind(path, found, folder_hint)


def open_file(path: str | Path) -> BufferedReader:
    """Opens a regular file to read its bytes; raises as `check_file`, and if the user may not read it."""
    check_file(path)
    try:
        descriptor = os.open(path, FLAGS)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    file = os.fdopen(descriptor, "rb")
    try:
        _check_kind(path, os.fstat(descriptor), "give a file in it")
    except UserError:
        file.close()
        raise
    return file


def read_file(path: str | Path, most: int | None = None) -> bytes:
    """The bytes of a regular file.

    Args:
        path: The file.
        most: The largest size in bytes that makes sense for its kind; `None` for any size.

    Raises:
        UserError: As `open_file`; the file is larger than `most` or than the memory; or the disk fails.
    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if most is not None and size > most:
            raise UserError(f"{path} has {size:,} bytes: a file of its kind has {most:,} at most")
        try:
            return file.read(size)
        except OSError as error:
            raise _unreadable(path, error) from None
        except MemoryError:
            raise UserError(f"{path} has {size:,} bytes, more than the memory of this machine") from None


def _check_kind(path: str | Path, found: os.stat_result, folder_hint: str) -> int:
    if stat.S_ISDIR(found.st_mode):
        raise UserError(f"{path} is a folder: {folder_hint}")
    if not stat.S_ISREG(found.st_mode):
        raise UserError(f"{path} is {_kind(found.st_mode)}, not a regular file: copy its content to a file first")
    return found.st_size


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def _unreadable(path: str | Path, error: OSError | ValueError) -> "Unreadable":
    name = str(path)
    shown = name if len(name) <= 200 else f"{name[:100]}…{name[-60:]}"
    return Unreadable(f"{shown} cannot be read: {getattr(error, 'strerror', None) or error}")
