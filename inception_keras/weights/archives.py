"""Unpacks the one checkpoint in a `.tar.gz` archive, as TF-slim publishes its weights."""

import contextlib
import gzip
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.regular_files import check_file
from inception_keras.io.unpacking import check_unpacked

CHUNK = 2**20  # bytes


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The checkpoint in an archive while the block runs.

    Raises:
        UserError: The archive is damaged, holds no checkpoint or several, or one that is too large for it.
        OSError: The folder for temporary files can't be written.
    """
    with tempfile.TemporaryDirectory(prefix="inception_keras.") as folder:
        try:
            with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
                members = [member for member in archive if member.isfile() and member.name.endswith(".ckpt")]
                while stream.read(CHUNK):
                    pass  # to the end, where gzip has its check sum: a tar archive has none of what its files hold
                if len(members) != 1:
                    raise UserError(f"{path.name} holds {len(members)} checkpoints (.ckpt); one is expected")
                check_unpacked(path.name, members[0].size, check_file(path))
                content = archive.extractfile(members[0])
                assert content is not None, "it is a file"
                target = Path(folder, Path(members[0].name).name)
                with open(target, "wb") as copy:
                    shutil.copyfileobj(content, copy)
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
            raise UserError(
                f"{path.name} is a gzip archive that is damaged or no .tar.gz: {in_one_line(error)}"
            ) from None
        yield target
