"""Reads the weights files of Keras 2, which Keras Applications still publishes: layers in order, arrays by name."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inception_keras.errors import UserError
from inception_keras.io.hdf5 import open_hdf5
from inception_keras.io.layer_pairs import Stored


def read_keras2_layers(path: Path) -> dict[str, Stored]:
    """All layers in the file by their names, in the order of the model that wrote it.

    Raises:
        UserError: The file is damaged, or its kernels are in Theano's order.
    """
    return {name: Stored(name, tuple(tuple(array.shape) for array in arrays)) for name, arrays in _layers(path)}


def read_keras2_variables(path: Path, keys: Mapping[str, str]) -> dict[str, list[np.ndarray]]:
    """The arrays of layers by the model's names; `keys` has the file's. Raises as `read_keras2_layers`."""
    arrays = dict(_layers(path))
    return {name: arrays[key] for name, key in keys.items()}


def _layers(path: Path) -> Iterator[tuple[str, list[np.ndarray]]]:
    with open_hdf5(path) as file:
        if _text(file.attrs.get("backend", "")) == "theano":
            raise UserError(f"{path.name} is in Theano's order, which turns kernels: use the file for TensorFlow")
        for name in _attribute(file, "layer_names"):
            yield name, [np.asarray(file[name][weight]) for weight in _attribute(file[name], "weight_names")]


def _attribute(group: Any, name: str) -> Iterator[str]:
    """A list of texts; Keras splits one over 64 KiB into `NAME0`, `NAME1` and so on."""
    parts = [name] if name in group.attrs else []
    while f"{name}{len(parts)}" in group.attrs:
        parts.append(f"{name}{len(parts)}")
    for part in parts:
        yield from map(_text, group.attrs[part])


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
