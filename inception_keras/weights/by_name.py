"""Weights by name: from what a builder is asked for to a weights file in the user's cache.

A published file is fetched, checked against its hash, converted by the importer of its form, and kept with a manifest;
the next call needs no network. What was downloaded for it is removed then.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from inception_keras.errors import UserError
from inception_keras.io.file_locks import locked
from inception_keras.io.imagenet import imagenet_names
from inception_keras.io.manifests import SUFFIX, read_manifest
from inception_keras.io.user_cache import pretrained_folder
from inception_keras.io.writing import written_or_refused
from inception_keras.models.googlenet_config import TOGGLES, configure
from inception_keras.models.parts.named_weights import Found
from inception_keras.weights.catalogue import find_file, published_files
from inception_keras.weights.conversion import convert
from inception_keras.weights.downloads import MIRROR, check_hash, download, mirrored
from inception_keras.weights.keras_files import convert_keras_file
from inception_keras.weights.progress import shown_progress
from inception_keras.weights.published import PublishedFile
from inception_keras.weights.servers import NoAnswer
from inception_keras.zoo import ARCHITECTURES, GOOGLENET, Architecture

# Toggles that change neither weights nor outputs at inference; auxiliary heads are left out unless asked for.
FREE = frozenset({"preset", "dropout", "aux_dropout", "dropout_first", "batch_momentum", "initializer", "aux_heads"})
# Toggles of the head, which a network without its top does not have.
HEAD = frozenset({"head", "fc_units", "fc_input", "fc_normalization", "logit_scale"})


def find_weights(builder: str, name: str, toggles: Mapping[str, object], include_top: bool = True) -> Found:
    """The weights file for a network that a builder is asked for; arguments and errors as `named_weights.find`."""
    file, options = choose_file(builder, name, toggles, include_top)
    return Found(fetch(file), options)


def choose_file(
    builder: str, name: str, toggles: Mapping[str, object], include_top: bool = True
) -> tuple[PublishedFile, dict[str, object]]:
    """The published file for a network, and the toggles with which it must be built for the file; as `find_weights`."""
    free = FREE if include_top else FREE | HEAD
    entries = [entry for entry in ARCHITECTURES.values() if entry.builder.endswith(f":{builder}")]
    own = _values(entries[0], toggles)
    nearest = min(entries, key=lambda entry: (len(_differences(own, entry.resolve(), free)), _unpublished(entry)))
    file = find_file(nearest.name, name)
    options = dict(file.form.options) if file.form else {}
    filled = {toggle: value for toggle, value in options.items() if toggle not in toggles}
    for toggle, wanted in _differences({**own, **filled}, {**nearest.resolve(), **options}, free).items():
        raise UserError(
            f"the {file.source} weights of {file.model!r} are for {toggle}={wanted!r}; got {own[toggle]!r}"
            + ("" if toggle not in HEAD else ": use include_top=False and add another head to the trunk")
        )
    return file, filled


def fetch(file: PublishedFile) -> Path:
    """The converted weights of a published file, in the user's cache; they are fetched if they are not there.

    Raises:
        UserError: The file can't be fetched, is another one than the published, or the cache can't be written.
    """
    target = weights_path(file)
    if _is_current(target, file):
        return target
    original = fetch_original(file)
    with written_or_refused(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            if not _is_current(target, file):
                _convert(original, target, file)
        if original.parent == _downloads():
            original.unlink(missing_ok=True)
    return target


def weights_path(file: PublishedFile) -> Path:
    """Where the converted weights of a published file are once they are fetched."""
    return pretrained_folder() / file.source / f"{file.stem}{SUFFIX}"


def fetch_ahead(model: str, name: str):
    """Downloads a published file unless its converted weights are there; as `named_weights.fetch_ahead`."""
    file = find_file(model, name)
    if not weights_path(file).is_file():
        fetch_original(file)


def fetch_original(file: PublishedFile, folder: Path | None = None) -> Path:
    """The published file itself, checked.

    Args:
        file: The file.
        folder: Where to put it; `None`: among the downloads in the user's cache, or where the mirror or the user has
            put it.

    Raises:
        UserError: See `fetch`.
    """
    if file.checksum is None:
        raise UserError(_without_hash(file))
    pin = pretrained_folder() / "pins" / f"{file.name}.sha256"
    found, addresses = mirrored(file.name, file.addresses, pretrained_folder())
    if found is not None and folder is None:
        check_hash(found, file.checksum, pin)
        return found
    if found is not None:
        addresses = (found.absolute().as_uri(), *addresses)
    target = (folder or _downloads()) / file.name
    try:
        with shown_progress(file.name) as (progress, waiting):
            download(addresses, target, file.checksum, pin=pin, size=file.size, progress=progress, waiting=waiting)
    except NoAnswer as error:
        raise UserError(_what_to_do(file, str(error))) from None
    return target


def _downloads() -> Path:
    return pretrained_folder() / "downloads"


def _convert(original: Path, target: Path, file: PublishedFile):
    with _in_float32():
        if file.form is None:
            convert_keras_file(original, target, file)
            return
        convert(
            original,
            target,
            file.model,
            aux_heads=file.aux_heads,
            classes=file.classes,
            class_names=imagenet_names(),
            preprocessing=file.preprocessing,
        )


@contextlib.contextmanager
def _in_float32() -> Iterator[None]:
    """Keras's policy may be one of 16 bits, which would round what is kept for all later calls."""
    from keras import config

    policy = config.dtype_policy()
    config.set_dtype_policy("float32")
    try:
        yield
    finally:
        config.set_dtype_policy(policy)


def _is_current(target: Path, file: PublishedFile) -> bool:
    """Whether the cache has the weights of the file as it is published now; one that was damaged is made again."""
    if not target.is_file():
        return False
    try:
        source = (read_manifest(target) or {}).get("source", {})
    except UserError:
        return False
    checksum = file.checksum
    if checksum is not None and checksum.algorithm == "sha256":
        return source.get("file") == file.name and source.get("sha256", "").startswith(checksum.digits)
    return source.get("file") == file.name


# -- which network -----------------------------------------------------------------------------------------------------


def _values(entry: Architecture, toggles: Mapping[str, object]) -> dict[str, Any]:
    """All toggles of a builder with their values, for a call with some of them."""
    if entry.builder == GOOGLENET:
        config = configure(**toggles)
        return {name: getattr(config, name) for name in TOGGLES}
    return {**entry.keyword_defaults(), **toggles}


def _differences(own: Mapping[str, Any], other: Mapping[str, Any], free: frozenset[str]) -> dict[str, Any]:
    """The toggles whose values differ, with those of `other`."""
    return {
        name: other[name]
        for name, value in own.items()
        if name not in free and name in other and _comparable(value) != _comparable(other[name])
    }


def _comparable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unpublished(entry: Architecture) -> bool:
    return not published_files(entry.name)


# -- messages ----------------------------------------------------------------------------------------------------------


def _what_to_do(file: PublishedFile, reason: str) -> str:
    same = [row.source for row in published_files(file.model) if row.form is file.form and row is not file]
    return (
        f"the {file.source} weights of {file.model} can't be fetched ({reason}): where there is a network, run "
        f"`curl -LO {file.address}`, put {file.name} into {pretrained_folder()} or the folder that {MIRROR} names, "
        f"then `python -m inception_keras fetch {file.model} --source {file.source}`"
        + "".join(f"; weights={source!r} has them from elsewhere" for source in same if file.form)
    )


def _without_hash(file: PublishedFile) -> str:
    then = f"pass weights={file.name!r}"
    if file.form is not None:
        converted = f"{file.model}{SUFFIX}"
        then = f"`python -m inception_keras convert {file.name} --to {converted}`, and pass weights={converted!r}"
    return (
        f"nobody publishes a hash of the {file.source} weights of {file.model}, so they are not loaded by name: run "
        f"`curl -LO {file.address}`, then {then}"
    )
