"""Manifests: the JSON file beside converted weights that records their source and how to use them."""

import hashlib
from pathlib import Path

from inception_keras.errors import UserError
from inception_keras.io import schema
from inception_keras.io.pictures import METHODS
from inception_keras.io.regular_files import open_file, read_file

SUFFIX = ".weights.h5"
VERSION = 1
MOST_BYTES = 64 * 2**20  # a million class names
MOST_PIXELS = 8192  # of a side
MOST_CLASSES = 10**6
MODES = ("caffe", "vgg", "caffe128", "torch", "tf", "none")  # `weights.preprocessing.MODES`, and "none" for 0 to 255

_side = schema.count(1, MOST_PIXELS)
_setting = schema.either(schema.text, schema.any_number, schema.one_of((True, False)), schema.list_of(schema.anything))
_check = schema.mapping(
    {
        "name": schema.plain_text,
        "options": schema.mapping_of(schema.optional(_setting)),
        "classes": schema.count(1, MOST_CLASSES),
        "preprocessing": schema.mapping(
            {
                "mode": schema.one_of(MODES),
                "resize": schema.either(schema.list_of(_side, 2, 2), _side),
                "crop": _side,
            },
            {"interpolation": schema.one_of(tuple(METHODS))},
        ),
        "weights": schema.mapping({"sha256": schema.plain_text}),
    },
    {
        "input_size": _side,
        "class_names": schema.optional(schema.list_of(schema.plain_text, 1, MOST_CLASSES)),
    },
)


def read_manifest(path: str | Path) -> dict | None:
    """The manifest beside a weights file; `None` only if there is none.

    Raises:
        UserError: It is not a manifest that `convert` wrote, one of a newer version, or of other weights: the weights
            were changed after they were converted.
    """
    path = Path(path)
    beside = manifest_path(path)
    if not _exists(beside):
        return None
    try:
        manifest = _parsed(beside, path)
    except UserError:
        raise
    except ValueError as error:
        raise UserError(
            f"{beside} is not one that `convert` wrote: {error}; move it away, then use the weights without it or "
            "convert them again"
        ) from None
    if manifest["weights"]["sha256"] != sha256(path):
        raise UserError(
            f"{path} was changed after it was converted: its checksum is not that in {beside.name}; convert it again, "
            f"or move {beside.name} away to use the file without it"
        )
    return manifest


def check_place(path: Path):
    """Raises `UserError` if writing weights and their manifest would replace a file beside them that is none."""
    beside = manifest_path(path)
    if not _exists(beside):
        return
    try:
        _parsed(beside, path)
    except UserError:
        raise
    except ValueError as error:
        raise UserError(
            f"the manifest of {path.name} would replace {beside}, which is none ({error}): choose another name for the "
            "weights, or move the file away"
        ) from None


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _parsed(beside: Path, path: Path) -> dict:
    """The content of the manifest `beside` weights; raises `ValueError` if it is not one that `convert` wrote."""
    manifest = schema.parse_object(read_file(beside, MOST_BYTES))
    version = manifest.get("manifest")
    if isinstance(version, int) and version > VERSION:
        raise UserError(f"{beside} was written by a newer version of inception_keras: update it to use {path.name}")
    if version != VERSION:
        raise ValueError('it has no entry "manifest": 1')
    check_manifest(manifest)
    return manifest


def check_manifest(manifest: dict):
    """Raises `ValueError` if an entry is missing, of another type or out of range, or entries contradict each other."""
    _check(manifest, "")
    names, classes = manifest.get("class_names"), manifest["classes"]
    if names is not None and len(names) != classes:
        raise ValueError(f"it has {len(names):,} class_names for {classes:,} classes")


def manifest_path(path: Path) -> Path:
    """The path of the manifest: `NAME.json` for `NAME.weights.h5`."""
    return path.with_name(path.name.removesuffix(SUFFIX) + ".json")


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal; raises as `open_file`."""
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
