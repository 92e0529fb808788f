"""Limits what a packed file may unpack to, from the sizes that it declares, before anything is unpacked."""

import zipfile

from inception_keras.errors import UserError

# Weights compress by a tenth, so a file that unpacks to so many times its size holds no weights that somebody trained.
MOST_TIMES = 16
ALWAYS = 2**20  # bytes that are fine in any case


def check_unpacked(name: str, unpacked: int, packed: int):
    """Raises `UserError` if `unpacked` bytes are too many for a file of `packed` bytes of weights."""
    if unpacked > max(ALWAYS, MOST_TIMES * packed):
        raise UserError(f"{name} has {packed:,} bytes but unpacks to {unpacked:,}: it is refused, since no weights do")


def check_zip(name: str, archive: zipfile.ZipFile, packed: int):
    """Raises as `check_unpacked` for a zip archive of `packed` bytes; Python unpacks no more than what it declares."""
    check_unpacked(name, sum(member.file_size for member in archive.infolist()), packed)
