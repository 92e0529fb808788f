"""Loads the model to export, from its name in the zoo and its weights: a file, or published ones by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from inception_keras.errors import UserError, suggestion
from inception_keras.io.keras_weights import read_layers
from inception_keras.io.manifests import sha256
from inception_keras.models.parts.named_weights import is_name
from inception_keras.weights.by_name import fetch
from inception_keras.weights.catalogue import IMAGENET, SOURCES
from inception_keras.weights.named_sources import find_named_source, is_misspelt
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
    """Builds the model called `name` with the weights of a `.weights.h5` file, or with published ones.

    Classes, channels and auxiliary heads are read from the file, and other toggles from the manifest beside it if there
    is one.

    Args:
        name: The model's name in the zoo.
        weights: The file's path; or `"imagenet"` or another source of published weights, which are fetched if they are
            not in the cache; or `"random"` for randomly initialised weights, which serve to try out an export.
        settings: Toggles of the network.
        classes: The number of classes; `None` for the file's, or 1,000 with random weights.
        image_size: Side of the input in pixels; `None` for the manifest's, else the published one.

    Raises:
        UserError: No weights are given, or the file is missing, or belongs to another model; or as
            `find_named_source` and `by_name.fetch`.
    """
    entry = architecture(name)
    check_source(name, weights)
    check_settings(settings, entry)
    if weights == RANDOM:
        size = image_size or entry.input_size
        model = entry.build(classes=classes or 1000, input_shape=(size, size, 3), **LOGITS, **settings)
        return ExportSource(model, None, {"weights": RANDOM})
    assert weights is not None, "check_source raises where none are given"
    if is_name(weights):
        published, _ = find_named_source(name, weights, settings=settings, image_size=image_size)
        name, path = published.model, fetch(published)
    else:
        path = Path(weights)
    model, manifest = build_from_file(name, path, settings, classes=classes, image_size=image_size)
    notes = {"weights": {"file": path.name, "sha256": sha256(path)}}
    notes |= {key: manifest[key] for key in ("class_names", "preprocessing") if manifest.get(key)}
    return ExportSource(model, manifest.get("preprocessing", {}).get("mode"), notes)


def check_source(name: str, weights: str | None):
    """Raises the errors of `load_source` that the name and the file alone cause; loads no framework."""
    architecture(name)
    if weights is None:
        raise UserError(
            f"give the weights of {name}: --weights takes a .weights.h5 file, a source such as {IMAGENET!r} for "
            f"published weights, or {RANDOM!r} to try out an export"
        )
    if weights != RANDOM and is_misspelt(weights):
        words = (IMAGENET, *SOURCES, RANDOM)
        raise UserError(
            f"unknown source of weights {weights!r}: {suggestion(weights, words)}allowed are "
            f"{', '.join(map(repr, words))}, or the path of a .weights.h5 file"
        )
    if weights != RANDOM and not is_name(weights):
        read_layers(weights)
