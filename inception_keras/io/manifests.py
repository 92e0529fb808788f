"""Manifests: the JSON file beside converted weights that records their source and how to use them."""

import hashlib
import json
from pathlib import Path

SUFFIX = ".weights.h5"


def read_manifest(path: str | Path) -> dict | None:
    """The manifest beside a weights file; `None` if it is missing, invalid, or has the checksum of another file."""
    path = Path(path)
    try:
        manifest = json.loads(manifest_path(path).read_text())
        fits = manifest["manifest"] == 1 and manifest["weights"]["sha256"] == sha256(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if fits else None


def manifest_path(path: Path) -> Path:
    """The path of the manifest: `NAME.json` for `NAME.weights.h5`."""
    return path.with_name(path.name.removesuffix(SUFFIX) + ".json")


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
