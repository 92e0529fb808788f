"""Starts a network from trained weights, and freezes its trunk (`study/starts.py`)."""

import re
from collections.abc import Mapping
from pathlib import Path

import keras

from ablations.study import Study, Variant
from ablations.study.starts import StartFile, start_file, start_of
from inception_keras.errors import UserError
from inception_keras.io.keras_weights import load_weights
from inception_keras.io.layer_pairs import is_auxiliary, is_head
from inception_keras.io.manifests import sha256

LISTED = re.compile(r"(?P<sha256>[0-9a-f]{64}) [ *](?P<file>.+)")  # a line of `sha256sum`


def load_start(model: keras.Model, toggles: Mapping[str, object], seed: int) -> bool:
    """Loads the weights of the trunk that the toggles name for a seed; the head keeps those that it has.

    Returns:
        Whether they name any.

    Raises:
        UserError: The file is missing, another one than named, or of another network.
    """
    start = start_of_seed(toggles, seed)
    if start is None:
        return False
    load_weights(model, _path(start), head="skip")
    return True


def start_of_seed(toggles: Mapping[str, object], seed: int) -> StartFile | None:
    """The file that a trial starts from; `None` if it starts from random weights.

    Of a list of n files it is the one in line `seed % n`, counted from 0, beside the list.

    Raises:
        UserError: The list is missing, another one than named, or no list.
    """
    weights = start_of(toggles).get("weights")
    if weights is None:
        return None
    start = start_file(weights)
    if not start.is_list:
        return start
    listed = _listed(start)
    return listed[seed % len(listed)]


def check_start(study: Study, variant: Variant):
    """Checks that a list of files, if it is there, has one for each seed.

    Raises:
        UserError: Two seeds would start from one file: they would be counted as two trunks.
    """
    weights = start_of(study.toggles(variant)).get("weights")
    if weights is None or not (start := start_file(weights)).is_list or not Path(start.file).exists():
        return
    if (files := len(_listed(start))) < study.seeds:
        raise UserError(
            f"{study.name}: {start.file} lists {files} files, too few for {study.seeds} seeds: list one for each seed, "
            f"or take fewer, --seeds {files}"
        )


def _listed(start: StartFile) -> list[StartFile]:
    path = _path(start)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [LISTED.fullmatch(line) for line in lines if line.strip()]
    files = [StartFile(str(path.parent / line["file"]), line["sha256"]) for line in found if line]
    if not files or len(files) < len(found):
        raise UserError(
            f"{path} is no list of files as `sha256sum FILE...` prints it: a SHA-256 and a file in each line"
        )
    return files


def freeze(model: keras.Model, toggles: Mapping[str, object]):
    """Freezes the layers of the trunk if the toggles say so: their weights and batch statistics stay as they are."""
    if start_of(toggles).get("freeze") == "trunk":
        for layer in model.layers:
            if not is_head(layer.name) and not is_auxiliary(layer.name):
                layer.trainable = False


def _path(start: StartFile) -> Path:
    from inception_keras.weights import by_name, catalogue

    source, _, name = start.file.partition("/")
    for file in catalogue.FILES:
        if (file.source, file.name) == (source, name):
            return by_name.fetch(file)
    found = sha256(path := Path(start.file))
    if not found.startswith(start.sha256):
        raise UserError(f"{path} has the SHA-256 {found}, but the study starts from {start.sha256}…")
    return path
