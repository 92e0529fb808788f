"""Atomic file writes: a file is written as a whole or not at all."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from inception_keras.errors import UserError


def write_atomically(path: Path, *parts: bytes | memoryview):
    """Writes `parts` to a file beside `path`, syncs it, renames it: a reader sees the old content or the new."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_files(folder: Path, contents: Mapping[str, str | bytes]) -> list[Path]:
    """Writes files by name into `folder`, which is created if it is missing, and returns their paths.

    Raises:
        UserError: `folder` can't be written.
    """
    with one_line(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            write_atomically(folder / name, content.encode() if isinstance(content, str) else content)
    return [folder / name for name in contents]


def prove_writable(folder: Path):
    """Creates `folder` and checks that it can be written, before a run spends time on what it would store there.

    Raises:
        UserError: `folder` can't be created or written.
    """
    with one_line(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()


@contextmanager
def one_line(folder: Path) -> Iterator[None]:
    """Turns an `OSError` about a folder (full, read-only, not a folder) into a UserError of one line."""
    try:
        yield
    except OSError as error:
        raise UserError(f"the results folder {folder} can't be written ({error.strerror}): set --out") from None
