"""Writes files whole or not at all: beside the target first, then renamed.

What a killed process left half written is removed by the next one that writes the same target.
"""

import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from inception_keras.errors import UserError


@contextmanager
def written_or_refused(target: Path, hint: str = "") -> Iterator[None]:
    """Turns an `OSError` of writing (a full disk, a read-only folder) into a UserError of one line, ended by `hint`."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror or error}{hint}") from None


def write_atomically(path: Path, *parts: bytes | memoryview):
    """Writes `parts` to a file beside `path`, syncs it, renames it: a reader sees the old content or the new.

    Files that dead processes of this machine left of the same target are removed.
    """
    _remove_left(path)
    temporary = _temporary(path)
    try:
        write_synced(temporary, *parts)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_synced(path: Path, *parts: bytes | memoryview):
    """Writes a file and waits until the disk has it."""
    with open(path, "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def workshop(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target`, so that what is made in it can be renamed into place; removed at the end.

    Its name holds the host and the process, so that the folders of dead processes are recognised and removed as well.

    Raises:
        OSError: The folder that `target` is in can't be written.
    """
    _remove_left(target)
    folder = _temporary(target)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def process_runs(number: str) -> bool:
    """Whether a process of this machine may still run; if that can't be found out, it may."""
    if not number.isdigit() or sys.platform == "win32":  # there, os.kill would end it
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's, or no number of a process
        return int(number) < 2**31
    return True


def replace_together(folder: Path, targets: Sequence[Path]):
    """Renames `folder / NAME` to each target, so that no moment shows a new file beside an old one of the others.

    All old files but the first are moved away, the last target first; a description is therefore last. The first is
    replaced in one step. If this process dies in between, some targets are missing, which a reader sees.

    Raises:
        OSError: A rename failed; if it was the first, the old files are as they were.
    """
    retired: list[Path] = []
    placed: list[Path] = []
    try:
        for path in reversed(targets):
            if path.is_dir() or (path != targets[0] and path.exists()):
                os.replace(path, folder / f"old-{path.name}")
                retired.append(path)
        for path in targets:
            os.replace(folder / path.name, path)
            placed.append(path)
    except OSError:
        if not placed:
            for path in retired:
                os.replace(folder / f"old-{path.name}", path)
        raise


def _temporary(target: Path) -> Path:
    """The temporary file or folder of this process beside a target."""
    return target.absolute().parent / f"{_prefix(target)}{os.getpid()}.tmp"


def _prefix(target: Path) -> str:
    """How temporary names of a target begin; with the host, since processes of another one can't be looked up."""
    host = re.sub(r"\W", "-", socket.gethostname())
    return f".{target.name[:100]}.{host}."


def _remove_left(target: Path):
    """Removes what dead processes of this machine left beside a target."""
    prefix = _prefix(target)
    for left in target.absolute().parent.glob(f"{_literal(prefix)}*.tmp"):
        if process_runs(left.name.removeprefix(prefix).removesuffix(".tmp")):
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):  # another user's: it is in nobody's way
                left.unlink()


def _literal(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)
