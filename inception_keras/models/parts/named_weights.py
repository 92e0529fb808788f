"""Weights by name: a builder asks here for the file that `weights="imagenet"` means.

Who provides it is registered, and imported on first use: the package `weights`, which fetches and converts files,
stands above the models, and they don't know it.
"""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

NAMES = ("imagenet", "caffe", "onnx", "torchvision", "slim", "keras", "timm", "cadene")
# The arguments of every builder that are no toggles of a network.
ARGUMENTS = (
    "include_top", "weights", "input_tensor", "input_shape", "pooling", "classes", "classifier_activation", "name",
)  # fmt: skip


class Found(NamedTuple):
    """A `.weights.h5` file, and the toggles with which the network must be built for it."""

    path: Path
    options: Mapping[str, object]


_provider = ""


def is_name(weights: object) -> bool:
    """Whether what a builder got as `weights` is a name, and not a path or `None`."""
    return isinstance(weights, str) and weights in NAMES


def register_provider(module: str):
    """Registers a module with the functions `find_weights`, `fetch_ahead` and `otherwise_built`, as they are here."""
    global _provider
    _provider = module


def find(
    builder: str,
    name: str,
    toggles: Mapping[str, object],
    include_top: bool,
    check: Callable[[Mapping[str, object]], None],
) -> Found:
    """The file of the weights called `name` for a network.

    Args:
        builder: The name of the function that builds the network.
        name: One of `NAMES`.
        toggles: The toggles that the caller gave to the builder.
        include_top: Whether the network has its classifier.
        check: Is called before anything is fetched, with the toggles that the file needs, and where there is no file
            for the toggles; it raises a `UserError` if no such network can be built.

    Raises:
        UserError: No such weights are published for this network, or they can't be fetched; or as `check`.
    """
    return importlib.import_module(_provider).find_weights(builder, name, toggles, include_top, check)


def otherwise_built(builder: str, path: str | Path, toggles: Mapping[str, object], include_top: bool) -> dict:
    """Toggles that change the outputs but no shape, and whose values differ from those a converted file was made for.

    Args:
        builder: The name of the function that builds the network.
        path: The weights file. Nothing is known of one without a manifest.
        toggles: The toggles that the caller gave to the builder.
        include_top: Whether the network has its classifier.

    Returns:
        The value here and the value of the file, by toggle.
    """
    from inception_keras.io.manifests import manifest_path  # loads NumPy

    if not manifest_path(Path(path)).is_file():
        return {}
    return importlib.import_module(_provider).otherwise_built(builder, path, toggles, include_top)


def fetch_ahead(model: str, name: str):
    """Downloads the weights called `name` for a model of the zoo as it is, so that `find` has them; needs no Keras.

    Loading Keras takes seconds, after which a user would hear that there is no network.

    Raises:
        UserError: As `find`.
    """
    importlib.import_module(_provider).fetch_ahead(model, name)
