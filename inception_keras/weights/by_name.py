"""Weights by name: from what a builder is asked for to a weights file in the user's cache.

A published file is fetched, checked against its hash (`originals.py`), converted by the importer of its form, and kept
with a manifest; the next call needs no network. What was downloaded for it is removed then.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from inception_keras.errors import UserError
from inception_keras.io.file_locks import locked
from inception_keras.io.imagenet import imagenet_names
from inception_keras.io.manifests import SUFFIX, manifest_path, read_manifest
from inception_keras.io.user_cache import pretrained_folder
from inception_keras.io.writing import written_or_refused
from inception_keras.models.googlenet_config import TOGGLES, configure
from inception_keras.models.parts.named_weights import Found
from inception_keras.weights.catalogue import find_file, published_files
from inception_keras.weights.conversion import convert
from inception_keras.weights.keras_files import convert_keras_file
from inception_keras.weights.originals import check_given, downloads_folder, fetch_original, note_hash, noted_hash
from inception_keras.weights.published import PublishedFile
from inception_keras.zoo import ARCHITECTURES, GOOGLENET, Architecture

# Toggles that change neither weights nor outputs at inference; auxiliary heads are left out unless asked for.
FREE = frozenset({"preset", "dropout", "aux_dropout", "dropout_first", "batch_momentum", "initializer", "aux_heads"})
# Toggles of the head, which a network without its top does not have.
HEAD = frozenset({"head", "fc_units", "fc_input", "fc_normalization", "logit_scale"})


class OtherToggles(UserError):
    """The published weights are for another value of a toggle, which may be one that no network takes."""


def find_weights(
    builder: str,
    name: str,
    toggles: Mapping[str, object],
    include_top: bool,
    check: Callable[[Mapping[str, object]], None],
) -> Found:
    """The weights file for a network that a builder is asked for; arguments and errors as `named_weights.find`."""
    try:
        file, options = choose_file(builder, name, toggles, include_top)
    except OtherToggles:
        check({})
        raise
    if not is_fetched(file):
        check(options)
    return Found(fetch(file), options)


def otherwise_built(builder: str, path: str | Path, toggles: Mapping[str, object], include_top: bool) -> dict:
    """The toggles in which a network differs from that of a file's manifest; as `named_weights.otherwise_built`."""
    try:
        manifest = read_manifest(path) or {}
        entry = ARCHITECTURES[manifest["name"]]
        theirs = _values(entry, {**entry.options, **manifest["options"]})
    except (UserError, KeyError):  # a manifest of another version or of a model that is not here tells nothing
        return {}
    if not entry.builder.endswith(f":{builder}"):
        return {}  # the file has other layers, which loading says
    own = _values(entry, toggles)
    free = FREE | (HEAD - {"head", "logit_scale"} if include_top else HEAD)
    if "fc" in (own.get("head"), theirs.get("head")):
        free |= {"head"}  # its classifier starts anew, which loading says
    if not own.get("aux_heads"):
        free |= {"aux_pool"}
    return {toggle: (own[toggle], value) for toggle, value in _differences(own, theirs, free).items()}


def choose_file(
    builder: str, name: str, toggles: Mapping[str, object], include_top: bool = True
) -> tuple[PublishedFile, dict[str, object]]:
    """The published file for a network, and the toggles with which it must be built for the file; as `find_weights`."""
    free = FREE if include_top else FREE | HEAD
    entries = [entry for entry in ARCHITECTURES.values() if entry.builder.endswith(f":{builder}")]
    own = _values(entries[0], toggles)
    if not own.get("aux_heads"):  # it says how auxiliary heads pool
        free |= {"aux_pool"}
    nearest = min(entries, key=lambda entry: (len(_differences(own, entry.resolve(), free)), _unpublished(entry)))
    file = find_file(nearest.name, name)
    options = dict(file.form.options) if file.form else {}
    filled = {toggle: value for toggle, value in options.items() if toggle not in toggles}
    for toggle, wanted in _differences({**own, **filled}, {**nearest.resolve(), **options}, free).items():
        raise OtherToggles(
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
    _convert_once(original, target, file)
    if original.parent == downloads_folder():
        original.unlink(missing_ok=True)
    return target


def take(file: PublishedFile, path: Path) -> Path:
    """The converted weights of a published file that the user has, in the cache, from where `fetch` takes them then.

    This is the way for a file whose hash nobody publishes: its SHA-256 is noted, so that it stays this file.

    Raises:
        UserError: There is no such file, it is another one than the published, or the cache can't be written.
    """
    target, digits = weights_path(file), check_given(file, path)
    if not _is_current(target, file):
        _convert_once(path, target, file)
    if file.checksum is None:
        note_hash(file, digits)
    return target


def _convert_once(original: Path, target: Path, file: PublishedFile):
    with written_or_refused(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            if not _is_current(target, file):
                _convert(original, target, file)


def weights_path(file: PublishedFile) -> Path:
    """Where the converted weights of a published file are once they are fetched."""
    return pretrained_folder() / file.source / f"{file.stem}{SUFFIX}"


def is_fetched(file: PublishedFile) -> bool:
    """Whether there are converted weights of a published file; `fetch` looks whether they are damaged."""
    return weights_path(file).is_file()


def fetch_ahead(model: str, name: str):
    """Downloads a published file unless its converted weights are there; as `named_weights.fetch_ahead`."""
    file = find_file(model, name)
    if not is_fetched(file):
        fetch_original(file)


def _convert(original: Path, target: Path, file: PublishedFile):
    with _in_float32():
        if file.form is None:
            convert_keras_file(original, target, file)
            return
        # a damaged one, which `convert` would take for a file of the user
        manifest_path(target).unlink(missing_ok=True)
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
    digits, checksum = source.get("sha256", ""), file.checksum
    if checksum is not None and checksum.algorithm == "sha256":
        return digits.startswith(checksum.digits)
    return digits == noted_hash(file)


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
