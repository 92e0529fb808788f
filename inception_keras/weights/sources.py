"""What is known about a weights file (its model, classes and preprocessing), and building its model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inception_keras.errors import UserError, unknown
from inception_keras.io.keras_weights import Stored, load_weights, read_layers
from inception_keras.io.manifests import read_manifest
from inception_keras.io.pictures import prepare, read_picture
from inception_keras.weights.preprocessing import MODES, preprocess_input
from inception_keras.zoo import architecture, create_model

LOGITS = {"classifier_activation": None}
PIXELS = "none"  # keeps 0 to 255, for networks that scale their input themselves (EfficientNet, MobileNet v3)


@dataclass(frozen=True)
class Source:
    """What is known about a weights file before it is loaded.

    Attributes:
        path: The file.
        model: The model's name in the zoo.
        options: Keywords for `create_model`.
        classes: The number of classes.
        class_names: One per class, or `None`.
        mode: As `preprocess_input` takes it, or `PIXELS`.
        resize, crop, interpolation: As `io.pictures.prepare` takes them.
    """

    path: Path
    model: str
    options: dict
    classes: int
    class_names: tuple[str, ...] | None
    mode: str
    resize: int | tuple[int, int]
    crop: int
    interpolation: str = "bilinear"

    def prepare(self, paths: Sequence[str | Path]) -> np.ndarray:
        """Image files as viewable squares, uint8 `(n, crop, crop, 3)`; raises as `read_picture`."""
        return np.stack([prepare(read_picture(path), self.resize, self.crop, self.interpolation) for path in paths])

    def normalize(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 pictures as the network expects them, float32."""
        return pictures.astype("float32") if self.mode == PIXELS else preprocess_input(pictures, self.mode)

    def build(self):
        """Builds the model with its weights and with logits as outputs; raises as `load_weights`."""
        from inception_keras.graph.inference import inference_model

        shape = (self.crop, self.crop, 3)
        model = create_model(self.model, **{"input_shape": shape, **self.options}, classes=self.classes, **LOGITS)
        load_weights(model, self.path)
        return inference_model(model)

    def name(self, class_index: int) -> str:
        """The name of a class, or `class N` if the weights have no names."""
        return self.class_names[class_index] if self.class_names else f"class {class_index}"


def find_source(path: str | Path, model: str | None = None, mode: str | None = None) -> Source:
    """Finds out about a `.weights.h5` file from the manifest beside it or, without one, from the arguments.

    Args:
        path: The file.
        model: The model's name in the zoo; `None` for the manifest's.
        mode: How images were prepared: one of `MODES` or `PIXELS`; `None` for the manifest's.

    Raises:
        UserError: The file is not a weights file, its manifest names another model, or it has no manifest and an
            argument is `None`.
    """
    path, entry = Path(path), architecture(model) if model else None
    if mode not in (None, *MODES, PIXELS):
        raise unknown("preprocessing", mode, (*MODES, PIXELS))
    layers = read_layers(path)  # raises early if the file is of another kind
    manifest = read_manifest(path)
    if manifest is not None:
        return _of_manifest(path, manifest, model, mode)
    if model is None or entry is None or mode is None:
        missing = [flag for flag, value in (("--model NAME", model), ("--preprocessing MODE", mode)) if not value]
        raise UserError(
            f"{path.name} has no valid manifest beside it, such as `convert` writes: give "
            f"{' and '.join(missing)} (MODE is {', '.join((*MODES, PIXELS))})"
        )
    heads = [layer for layer in layers.values() if layer.name == "head_classifier"]
    if not heads:
        raise UserError(f"{path.name} has no classifier: it is a trunk without its top, or not from this package")
    classes = heads[0].shapes[-1][0]
    return Source(path, model, {}, classes, None, mode, entry.input_size, entry.input_size)


def build_from_file(
    name: str, path: Path, settings: Mapping, *, classes: int | None = None, image_size: int
) -> tuple[Any, Mapping]:
    """Builds the network that a `.weights.h5` file belongs to, with its weights and with logits as outputs.

    Classes, channels and auxiliary heads are read from the file; the other toggles come from the manifest beside it.

    Args:
        name: The model's name in the zoo.
        path: The file.
        settings: Toggles of the network; they override the manifest's.
        classes: The number of classes; `None` for the file's.
        image_size: Side of the input in pixels.

    Returns:
        The model, and its manifest, which is empty if there is none.

    Raises:
        UserError: The file is missing or damaged, or belongs to another model.
    """
    layers, manifest = read_layers(path), read_manifest(path) or {}
    if manifest and manifest["name"] != name:
        raise UserError(f"{path.name} belongs to {manifest['name']!r}, not to {name!r}, according to its manifest")
    found = {"classes": classes or _classes(path, layers), "input_shape": (image_size, image_size, _channels(layers))}
    auxiliary = {"aux_heads": True} if _has_auxiliary_heads(layers) else {}
    toggles = {**auxiliary, **manifest.get("options", {}), **settings}
    model = architecture(name).build(**found, **LOGITS, **toggles)
    load_weights(model, path)
    return model, manifest


def _of_manifest(path: Path, manifest: dict, model: str | None, mode: str | None) -> Source:
    try:
        published = manifest["preprocessing"]
        resize, names = published["resize"], manifest.get("class_names")
        source = Source(
            path=path,
            model=manifest["name"],
            options=dict(manifest["options"]),
            classes=manifest["classes"],
            class_names=tuple(names) if names else None,
            mode=mode or published["mode"],
            resize=resize if isinstance(resize, int) else tuple(resize),
            crop=published["crop"],
            interpolation=published.get("interpolation", "bilinear"),
        )
    except (KeyError, TypeError) as error:
        raise UserError(f"the manifest beside {path.name} is not one that `convert` wrote: {error}") from None
    if model is not None and model != source.model:
        raise UserError(f"{path.name} holds weights of {source.model!r}, not of {model!r}: drop --model")
    return source


def _classes(path: Path, layers: Mapping[str, Stored]) -> int:
    for layer in layers.values():
        if layer.name == "head_classifier":
            return layer.shapes[-1][-1]
    raise UserError(f"{path.name} has no layer 'head_classifier' to read the number of classes from: give --classes")


def _channels(layers: Mapping[str, Stored]) -> int:
    """Channels of the images, read from the kernel of the first convolution, which Keras does not number; else 3."""
    first = layers.get("conv2d")
    return first.shapes[0][2] if first and len(first.shapes[0]) == 4 else 3


def _has_auxiliary_heads(layers: Mapping[str, Stored]) -> bool:
    return any(layer.name.startswith("aux_") for layer in layers.values())
