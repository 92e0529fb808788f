"""Starts a network from trained weights, and freezes its trunk (`study/starts.py`)."""

from collections.abc import Mapping
from pathlib import Path

import keras

from ablations.study.starts import StartFile, start_file, start_of
from inception_keras.errors import UserError
from inception_keras.io.keras_weights import load_weights
from inception_keras.io.layer_pairs import is_auxiliary, is_head
from inception_keras.io.manifests import sha256


def load_start(model: keras.Model, toggles: Mapping[str, object]) -> bool:
    """Loads the weights of the trunk that the toggles name; the head keeps those that it has.

    Returns:
        Whether they name any.

    Raises:
        UserError: The file is missing, another one than named, or of another network.
    """
    weights = start_of(toggles).get("weights")
    if weights is None:
        return False
    load_weights(model, _path(start_file(weights)), head="skip")
    return True


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
