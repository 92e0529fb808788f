"""Loads the model to export, from its name in the zoo and a weights file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from inception_keras.errors import UserError
from inception_keras.io.keras_weights import read_layers
from inception_keras.io.manifests import sha256
from inception_keras.models.parts.named_weights import is_name
from inception_keras.weights.catalogue import IMAGENET
from inception_keras.weights.named_sources import is_misspelt
from inception_keras.weights.sources import LOGITS, build_from_file, check_settings
from inception_keras.zoo import architecture

RANDOM = "random"


class ExportSource(NamedTuple):
    """A model to export.

    Attributes:
        model: The model, with logits as outputs.
        mode: How images are prepared for it, as `preprocess_input` takes it; `None` if unknown.
        notes: What is known about the weights, for the description of the exported file.
    """

    model: Any
    mode: str | None
    notes: dict


def load_source(
    name: str, weights: str | None, settings: Mapping, *, classes: int | None = None, image_size: int | None = None
) -> ExportSource:
    """Builds the model called `name` with the weights of a `.weights.h5` file.

    Classes, channels and auxiliary heads are read from the file, and other toggles from the manifest beside it if there
    is one.

    Args:
        name: The model's name in the zoo.
        weights: The file's path, or `"random"` for randomly initialised weights, which serve to try out an export.
        settings: Toggles of the network.
        classes: The number of classes; `None` for the file's, or 1,000 with random weights.
        image_size: Side of the input in pixels; `None` for the manifest's, else the published one.

    Raises:
        UserError: No file of weights is given, or it is missing, or belongs to another model.
    """
    entry = architecture(name)
    check_source(name, weights)
    check_settings(settings, entry)
    if weights == RANDOM:
        size = image_size or entry.input_size
        model = entry.build(classes=classes or 1000, input_shape=(size, size, 3), **LOGITS, **settings)
        return ExportSource(model, None, {"weights": RANDOM})
    assert weights is not None, "check_source raises where none are given"
    path = Path(weights)
    model, manifest = build_from_file(name, path, settings, classes=classes, image_size=image_size)
    notes = {"weights": {"file": path.name, "sha256": sha256(path)}}
    notes |= {key: manifest[key] for key in ("class_names", "preprocessing") if manifest.get(key)}
    return ExportSource(model, manifest.get("preprocessing", {}).get("mode"), notes)


def check_source(name: str, weights: str | None):
    """Raises the errors of `load_source` that the name and the file alone cause; loads no framework."""
    architecture(name)
    if weights is None:
        raise UserError(f"give the weights of {name}: --weights FILE.weights.h5, or {RANDOM} to try out an export")
    if weights == RANDOM:
        return
    if is_name(weights) or is_misspelt(weights):
        source = f" --source {weights}" if is_name(weights) and weights != IMAGENET else ""
        raise UserError(
            f"export takes the path of a .weights.h5 file, or {RANDOM!r}; got {weights!r}: "
            f"`python -m inception_keras fetch {name}{source}` fetches published weights and prints their path"
        )
    read_layers(weights)
