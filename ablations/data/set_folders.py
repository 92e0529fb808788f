"""Tells the folder of data sets from the folder of one set, which people name as often."""

import json
import os
import re
from pathlib import Path

from inception_keras.errors import UserError

DEPTHS = ("", "*/", "*/*/")  # where dataset_info.json is, seen from the folder of a version, a configuration, a set


def check_local(data_dir: str | os.PathLike):
    """Raises a UserError if `data_dir` is an address, such as gs://BUCKET: sets are read from folders.

    >>> check_local("data")
    """
    if re.match(r"\w+://", str(data_dir)):
        raise UserError(
            f"{data_dir} is not a folder of this machine, and sets are read from folders: copy the set, or mount the "
            "bucket, and set --data-dir (or TFDS_DATA_DIR) to that folder"
        )


def check_holds_sets(data_dir: Path):
    """Raises a UserError that names the folder of sets if `data_dir` is that of one set, configuration or version."""
    here = Path(os.path.abspath(data_dir))
    for depth in DEPTHS:
        for file in sorted(here.glob(f"{depth}dataset_info.json")):
            root = _root_of(file)
            if root is not None and root in here.parents:
                raise UserError(
                    f"{data_dir} is the folder of one data set, {here.relative_to(root)}, and not of data sets: set "
                    f"--data-dir (or TFDS_DATA_DIR) to {root}"
                )


def _root_of(file: Path) -> Path | None:
    """The folder of sets that a prepared set lies in, by the name in its description; `None` if that is no folder."""
    try:
        name = json.loads(file.read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # damaged: who reads it says so
    return next((folder.parent for folder in file.parents if folder.name == name), None)
