"""A weights file, and what is known of it: its model, classes and preprocessing."""

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
PIXELS = "none"  # of values from 0 to 255, for the networks that scale them inside (EfficientNet, MobileNet v3)


@dataclass(frozen=True)
class Source:
    """A weights file, and what is known of it without loading it.

    Attributes:
        path: The file.
        model: Name in the zoo.
        options: Keywords of `create_model`.
        classes: How many.
        class_names: Of each class, or `None`.
        mode: Of `preprocess_input`, or `PIXELS`.
        resize, crop, interpolation: As `pictures.prepare` takes them.
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
        """Image files as squares for people to see, uint8 `(n, crop, crop, 3)`; raises as `read_picture`."""
        return np.stack([prepare(read_picture(path), self.resize, self.crop, self.interpolation) for path in paths])

    def normalize(self, pictures: np.ndarray) -> np.ndarray:
        """What the network takes, float32."""
        return pictures.astype("float32") if self.mode == PIXELS else preprocess_input(pictures, self.mode)

    def build(self):
        """The model with its weights, and logits for outputs; raises as `load_weights`."""
        from inception_keras.graph.inference import inference_model

        shape = (self.crop, self.crop, 3)
        model = create_model(self.model, **{"input_shape": shape, **self.options}, classes=self.classes, **LOGITS)
        load_weights(model, self.path)
        return inference_model(model)

    def name(self, class_index: int) -> str:
        """Of a class, or its number where the weights carry no names."""
        return self.class_names[class_index] if self.class_names else f"class {class_index}"


def find_source(path: str | Path, model: str | None = None, mode: str | None = None) -> Source:
    """What a `.weights.h5` file is, from the manifest beside it, or from what the caller says.

    Args:
        path: The file.
        model: Name in the zoo; `None` for what the manifest says.
        mode: How images were prepared: one of `MODES` or `PIXELS`; `None` for what the manifest says.

    Raises:
        UserError: It is no such file, the manifest says otherwise, or it says nothing and nor does the caller.
    """
    path, entry = Path(path), architecture(model) if model else None
    if mode not in (None, *MODES, PIXELS):
        raise unknown("preprocessing", mode, (*MODES, PIXELS))
    layers = read_layers(path)  # which answers at once what else the file may be
    manifest = read_manifest(path)
    if manifest is not None:
        return _of_manifest(path, manifest, model, mode)
    if model is None or entry is None or mode is None:
        missing = [flag for flag, value in (("--model NAME", model), ("--preprocessing MODE", mode)) if not value]
        raise UserError(
            f"{path.name} has no manifest beside it that says what it is, as `convert` writes: give "
            f"{' and '.join(missing)} (MODE is {', '.join((*MODES, PIXELS))})"
        )
    heads = [layer for layer in layers.values() if layer.name == "head_classifier"]
    if not heads:
        raise UserError(f"{path.name} has no classifier: it is a trunk without its top, or not of this package")
    classes = heads[0].shapes[-1][0]
    return Source(path, model, {}, classes, None, mode, entry.input_size, entry.input_size)


def build_from_file(
    name: str, path: Path, settings: Mapping, *, classes: int | None = None, image_size: int
) -> tuple[Any, Mapping]:
    """The network that a `.weights.h5` file belongs to, with its weights and logits for outputs, and its manifest.

    Classes, channels and auxiliary heads are read off the file; the other toggles come from the manifest beside it.

    Args:
        name: Of the zoo.
        path: The file.
        settings: Toggles of the network; they win over the manifest's.
        classes: `None` for the file's.
        image_size: Side of the input in pixels.

    Returns:
        The model, and the manifest, empty where there is none.

    Raises:
        UserError: The file is not there or damaged, or belongs to another model.
    """
    layers, manifest = read_layers(path), read_manifest(path) or {}
    if manifest and manifest["name"] != name:
        raise UserError(f"{path.name} belongs to {manifest['name']!r}, as {path.name}'s manifest says, not to {name!r}")
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
        raise UserError(f"{path.name} holds weights of {source.model!r}, not of {model!r}: leave --model")
    return source


def _classes(path: Path, layers: Mapping[str, Stored]) -> int:
    for layer in layers.values():
        if layer.name == "head_classifier":
            return layer.shapes[-1][-1]
    raise UserError(f"{path.name} has no layer 'head_classifier', which tells the number of classes: give --classes")


def _channels(layers: Mapping[str, Stored]) -> int:
    """Of the images, by the kernel of the first convolution; Keras numbers the others."""
    first = layers.get("conv2d")
    return first.shapes[0][2] if first and len(first.shapes[0]) == 4 else 3


def _has_auxiliary_heads(layers: Mapping[str, Stored]) -> bool:
    return any(layer.name.startswith("aux_") for layer in layers.values())
