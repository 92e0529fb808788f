"""A name of the zoo and a weights file -> the model to export."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from inception_keras.errors import UserError
from inception_keras.io.keras_weights import read_layers
from inception_keras.io.manifests import sha256
from inception_keras.weights.sources import LOGITS, build_from_file
from inception_keras.zoo import architecture

RANDOM = "random"


class ExportSource(NamedTuple):
    """What is exported.

    Attributes:
        model: With logits for outputs.
        mode: How images are prepared for it, as `preprocess_input` calls it; `None` where nobody said.
        notes: What is known of the weights, for the description of the exported file.
    """

    model: Any
    mode: str | None
    notes: dict


def load_source(
    name: str, weights: str | None, settings: Mapping, *, classes: int | None = None, image_size: int | None = None
) -> ExportSource:
    """The model called `name` with the weights of a `.weights.h5` file.

    Classes, channels and auxiliary heads are read off the file; what a manifest beside it says of the network is taken
    from there.

    Args:
        name: Of the zoo.
        weights: The file's path, or `"random"` for the random start: to try an export, not to use it.
        settings: Toggles of the network.
        classes, image_size: `None` for the file's classes (1,000 with random weights), the published size in pixels.

    Raises:
        UserError: No weights are given, there is no such file, or it belongs to another model.
    """
    entry = architecture(name)
    check_source(name, weights)
    size = image_size or entry.input_size
    if weights == RANDOM:
        model = entry.build(classes=classes or 1000, input_shape=(size, size, 3), **LOGITS, **settings)
        return ExportSource(model, None, {"weights": RANDOM})
    assert weights is not None, "check_source raises where none are given"
    path = Path(weights)
    model, manifest = build_from_file(name, path, settings, classes=classes, image_size=size)
    notes = {"weights": {"file": path.name, "sha256": sha256(path)}}
    notes |= {key: manifest[key] for key in ("class_names", "preprocessing") if manifest.get(key)}
    return ExportSource(model, manifest.get("preprocessing", {}).get("mode"), notes)


def check_source(name: str, weights: str | None):
    """Raises what `load_source` raises of a name and a file by themselves; loads no framework."""
    architecture(name)
    if weights is None:
        raise UserError(f"give the weights of {name}: --weights FILE.weights.h5, or {RANDOM} to try an export")
    if weights != RANDOM:
        read_layers(weights)
