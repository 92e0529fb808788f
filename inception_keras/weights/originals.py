"""Published files themselves: from the network, a mirror or the user, and checked before anything reads them.

Of files that are known by less than a whole SHA-256, the whole one is noted at the first use (`pins` in the cache), and
shown. A file whose hash nobody publishes is never fetched: the user gives its path.
"""

import contextlib
from pathlib import Path

from inception_keras.errors import UserError
from inception_keras.io.manifests import sha256
from inception_keras.io.regular_files import check_file
from inception_keras.io.user_cache import pretrained_folder
from inception_keras.weights.catalogue import published_files
from inception_keras.weights.downloads import MIRROR, check_hash, check_pin, download, mirrored
from inception_keras.weights.progress import show, shown_progress
from inception_keras.weights.published import Checksum, PublishedFile
from inception_keras.weights.servers import NoAnswer


def fetch_original(file: PublishedFile, folder: Path | None = None) -> Path:
    """The published file itself, checked.

    Args:
        file: The file.
        folder: Where to put it; `None`: among the downloads in the user's cache, or where the mirror or the user has
            put it.

    Raises:
        UserError: The file can't be fetched, or is another one than the published.
    """
    if file.checksum is None:
        raise UserError(_without_hash(file))
    noted = noted_hash(file)
    path, digits = _checked_original(file, file.checksum, folder)
    if noted is None and not file.checksum.pins:
        _show_noted(file, digits)
    return path


def check_given(file: PublishedFile, path: Path) -> str:
    """The SHA-256 of a published file that the user has, after checking all that is known of it.

    Raises:
        UserError: There is no such file, or it is another one than the published.
    """
    check_file(path)
    noted = noted_hash(file)
    if file.checksum is None:
        digits = sha256(path)
        if noted is not None:
            check_pin(file.name, digits, _pin(file))
        return digits
    digits = check_hash(path, file.checksum, _pin(file))
    if noted is None and not file.checksum.pins:
        _show_noted(file, digits)
    return digits


def note_hash(file: PublishedFile, digits: str):
    """Notes the SHA-256 of a file of which none is published; the file must have it from then on."""
    if noted_hash(file) is None:
        check_pin(file.name, digits, _pin(file))
        _show_noted(file, digits)


def noted_hash(file: PublishedFile) -> str | None:
    """The SHA-256 that was noted when the file was used first."""
    with contextlib.suppress(FileNotFoundError):
        return _pin(file).read_text(encoding="ascii").strip()
    return None


def downloads_folder() -> Path:
    """Where files are until they are converted."""
    return pretrained_folder() / "downloads"


def _pin(file: PublishedFile) -> Path:
    return pretrained_folder() / "pins" / f"{file.name}.sha256"


def _checked_original(file: PublishedFile, checksum: Checksum, folder: Path | None) -> tuple[Path, str]:
    """The published file as `fetch_original` gives it, and its SHA-256."""
    pin = _pin(file)
    found, addresses = mirrored(file.name, file.addresses, pretrained_folder())
    if found is not None and folder is None:
        return found, check_hash(found, checksum, pin)
    if found is not None:
        addresses = (found.absolute().as_uri(), *addresses)
    target = (folder or downloads_folder()) / file.name
    try:
        with shown_progress(file.name) as (progress, waiting):
            digits = download(addresses, target, checksum, pin=pin, size=file.size, progress=progress, waiting=waiting)
    except NoAnswer as error:
        raise UserError(_what_to_do(file, str(error))) from None
    return target, digits


# -- messages ----------------------------------------------------------------------------------------------------------


def _show_noted(file: PublishedFile, digits: str):
    known = f"only its {file.checksum} is published" if file.checksum else "no hash of it is published"
    show(f"{file.name}: {known}; its sha256 {digits} is noted in {_pin(file)}, and it must have this one from now on")


def _what_to_do(file: PublishedFile, reason: str) -> str:
    same = [row.source for row in published_files(file.model) if row.form is file.form and row is not file]
    return (
        f"the {file.source} weights of {file.model} can't be fetched ({reason}): where there is a network, run "
        f"`{_curl(file)}`, put {file.name} into {pretrained_folder()} or the folder that {MIRROR} names, "
        f"then `{_command(file)}`"
        + "".join(f"; the source {source!r} has them from elsewhere" for source in same if file.form)
    )


def _without_hash(file: PublishedFile) -> str:
    return (
        f"nobody publishes a hash of the {file.source} weights of {file.model}, so they are not fetched by name: run "
        f"`{_curl(file)}`, then `{_command(file)} --from {file.name}`"
    )


def _curl(file: PublishedFile) -> str:
    return (
        f"curl -LO {file.address}"
        if file.address.endswith(f"/{file.name}")
        else f"curl -L {file.address} -o {file.name}"
    )


def _command(file: PublishedFile) -> str:
    return f"python -m inception_keras fetch {file.model} --source {file.source}"
