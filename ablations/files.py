"""Writes files into a folder of results or of logs, and says in one line if that is not possible."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from inception_keras.errors import UserError
from inception_keras.io.writing import write_atomically

RESULTS, SET_OUT = "the results folder", ": set --out"


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


def check_folder(folder: Path, what: str = RESULTS, remedy: str = SET_OUT):
    """Checks that a folder can be looked at, whether it is there or not: its name may be too long, or no name at all.

    Args:
        folder: The folder.
        what, remedy: As for `one_line`.

    Raises:
        UserError: The system does not take its name.
    """
    try:
        folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{what} {folder} can't be read ({reason}){remedy}") from None


def prove_writable(folder: Path, what: str = RESULTS, remedy: str = SET_OUT):
    """Creates `folder` and checks that it can be written, before a run spends time on what it would store there.

    Args:
        folder: The folder.
        what, remedy: As for `one_line`.

    Raises:
        UserError: `folder` can't be created or written.
    """
    with one_line(folder, what, remedy):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()


def prove_file(path: Path | None, option: str):
    """Checks that a file which an option names can be written, before a run spends time on what it would say.

    Args:
        path: The file, new or not; `None` if the option was not given.
        option: As the user types it.

    Raises:
        UserError: It is a folder, or in a folder that can't be created or written.
    """
    if path is None or (path.exists() and not path.is_file() and not path.is_dir()):  # such as /dev/stdout
        return
    if path.is_dir():
        raise UserError(f"{option} {path} is a folder: name a file in it, such as {path / option.strip('-')}")
    prove_writable(path.parent, f"{option} {path.name}: the folder", ": name a file elsewhere")


@contextmanager
def one_line(folder: Path, what: str = RESULTS, remedy: str = SET_OUT) -> Iterator[None]:
    """Turns an `OSError` about a folder (full, read-only, not a folder) into a UserError of one line.

    Args:
        folder: The folder.
        what: What the message calls it.
        remedy: What the message ends in: what to type.
    """
    try:
        yield
    except OSError as error:
        raise UserError(f"{what} {folder} can't be written ({error.strerror}){remedy}") from None
