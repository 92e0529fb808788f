"""Files written whole or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path

from inception_keras.errors import UserError


def write_atomically(path: Path, content: bytes):
    """Writes beside `path`, syncs, renames: a reader sees the old content or the new, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_texts(out: Path, texts: Mapping[str, str]) -> list[Path]:
    """Writes texts by file name into `out`, which is made where it is missing, and returns their paths.

    Raises:
        UserError: `out` can't be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_atomically(out / name, text.encode())
    except OSError as error:
        raise UserError(f"the results folder {out} can't be written ({error.strerror}): set --out") from None
    return [out / name for name in texts]
