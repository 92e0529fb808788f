"""Downloads files that are known by their hash: whole and right, or not at all.

A download is written to `NAME.part`, continued there after a cut, and named `NAME` only once it is on the disk and its
hash is the published one. Nothing reads it before.
"""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.file_locks import locked
from inception_keras.io.regular_files import open_file
from inception_keras.io.writing import written_or_refused
from inception_keras.weights import servers
from inception_keras.weights.published import Checksum

MIRROR = "INCEPTION_KERAS_MIRROR"
CHUNK = 2**18  # bytes
TRIES = 5  # after cuts; a try that brought nothing is the last
PARTIAL, UNSATISFIABLE = 206, 416  # HTTP

Progress = Callable[[int, int | None], object]  # bytes that are there, and bytes in all if the server says it


class _Cut(Exception):
    """A connection that ended before the file did."""


class WrongHash(UserError):
    """A file that is whole and has another hash than the published one."""


def mirrored(name: str, addresses: Sequence[str], *folders: Path) -> tuple[Path | None, tuple[str, ...]]:
    """The file in the first folder that has it, and all addresses to ask.

    `$INCEPTION_KERAS_MIRROR` is the folder that is looked into first, or a base URL that is asked first.

    Raises:
        UserError: The mirror is neither an existing folder nor a URL.
    """
    mirror = os.environ.get(MIRROR)
    if mirror and urlsplit(mirror).scheme in ("http", "https"):
        addresses = (urljoin(mirror.rstrip("/") + "/", name), *addresses)
    elif mirror:
        folder = Path(mirror).expanduser()
        if not folder.is_dir():
            raise UserError(f"{MIRROR} is {mirror}, which is neither a folder nor an http(s) address")
        folders = (folder, *folders)
    return next((folder / name for folder in folders if (folder / name).is_file()), None), tuple(addresses)


def check_hash(path: Path, checksum: Checksum, pin: Path) -> str:
    """Checks a file's hash; returns its SHA-256.

    Args:
        path: The file.
        checksum: What its source says.
        pin: A file that holds the whole SHA-256 since the first use, for sources that say less; written if it is
            missing.

    Raises:
        WrongHash: The hash is another; the message shows both.
    """
    with open_file(path) as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    own = found
    if checksum.algorithm != "sha256":
        with open_file(path) as file:
            own = hashlib.file_digest(file, _weak(checksum.algorithm)).hexdigest()
    if not own.startswith(checksum.digits):
        raise WrongHash(f"{path.name} has the {checksum.algorithm} {own}, but the published file has {checksum}")
    if not checksum.pins:
        check_pin(path.name, found, pin)
    return found


def download(
    addresses: Sequence[str],
    target: Path,
    checksum: Checksum,
    *,
    pin: Path,
    size: int | None = None,
    progress: Progress = lambda done, total: None,
    waiting: Callable[[], object] = lambda: None,
) -> str:
    """Downloads a file to `target`, or checks the one that is there; returns its SHA-256.

    One process downloads a file; another one that wants it waits and takes what is there then.

    Args:
        addresses: Where the file is; see `servers.ask`.
        target: The path to write.
        checksum, pin: As `check_hash` takes them.
        size: Bytes of the file, if they are known.
        progress: Called with the bytes so far, and those in all or `None`.
        waiting: Called if another process downloads the same file.

    Raises:
        servers.NoAnswer: No address has the file, or connections were cut again and again; what has come is kept.
        WrongHash: The hash is another; nothing is kept.
        UserError: The folder can't be written, or the disk is full.
    """
    with written_or_refused(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target, waiting):
            part = target.with_name(f"{target.name}.part")
            if target.exists():
                return _check_existing(target, checksum, pin)
            continued = part.exists()
            _fetch(addresses, part, size, progress)
            try:
                return _finish(part, target, checksum, pin)
            except WrongHash:
                if not continued:
                    raise
            _fetch(addresses, part, size, progress)  # what was there may have been of another file
            return _finish(part, target, checksum, pin)


def _check_existing(target: Path, checksum: Checksum, pin: Path) -> str:
    try:
        return check_hash(target, checksum, pin)
    except WrongHash as error:
        raise WrongHash(f"{error}: remove {target}, and it is fetched again") from None


def _finish(part: Path, target: Path, checksum: Checksum, pin: Path) -> str:
    try:
        found = check_hash(part, checksum, pin)
    except WrongHash as error:
        part.unlink()
        raise WrongHash(str(error).replace(part.name, target.name)) from None
    os.replace(part, target)
    return found


def _fetch(addresses: Sequence[str], part: Path, size: int | None, progress: Progress):
    """Downloads into `part` until it is whole, from where an earlier download ended."""
    for left in reversed(range(TRIES)):
        before = part.stat().st_size if part.exists() else 0
        if size is not None and before >= size:
            return
        answer = _ask(addresses, part, before)
        try:
            with answer.response as response:
                return _copy(response, part, size, progress)
        except _Cut as cut:
            if not left or part.stat().st_size <= before:
                raise servers.NoAnswer(f"{urlsplit(answer.address).netloc}: {cut}") from None
        except OSError:  # the disk: half a file must not fill it
            part.unlink(missing_ok=True)
            raise


def _ask(addresses: Sequence[str], part: Path, before: int) -> servers.Answer:
    try:
        return servers.ask(addresses, before)
    except servers.NoAnswer as error:
        if not before or f"{UNSATISFIABLE} " not in str(error):
            raise
        part.unlink()  # the server has fewer bytes than are here
        return servers.ask(addresses)


def _copy(response: HTTPResponse, part: Path, size: int | None, progress: Progress):
    """Appends a response to `part`, or replaces it if the server begins at the first byte; then syncs it.

    Raises:
        _Cut: The connection ended before the length that the server said.
        OSError: The file can't be written.
    """
    resumed = response.status == PARTIAL
    with open(part, "ab" if resumed else "wb") as file:
        done = file.tell() if resumed else 0
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() else size
        if total and total - done > shutil.disk_usage(part.parent).free:
            raise OSError(errno.ENOSPC, f"{total - done:,} bytes are needed, which the disk does not have")
        progress(done, total)
        while chunk := _read(response):
            file.write(chunk)
            done += len(chunk)
            progress(done, total)
        file.flush()
        os.fsync(file.fileno())
    if total and done < total:  # `read` with a size says nothing of a cut
        raise _Cut(f"the connection was cut after {done:,} of {total:,} bytes")


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read(CHUNK)
    except servers.FAILURES as error:
        raise _Cut(in_one_line(error, 120)) from None


def check_pin(name: str, found: str, pin: Path):
    """Compares a SHA-256 with the one that was noted at the first use, or notes it now; raises `WrongHash`."""
    with contextlib.suppress(FileNotFoundError):
        if (pinned := pin.read_text(encoding="ascii").strip()) != found:
            raise WrongHash(f"{name} has the sha256 {found}, but at its first use here it had {pinned} ({pin})")
        return
    pin.parent.mkdir(parents=True, exist_ok=True)
    pin.write_text(f"{found}\n", encoding="ascii")


def _weak(algorithm: str):
    return lambda: hashlib.new(algorithm, usedforsecurity=False)
