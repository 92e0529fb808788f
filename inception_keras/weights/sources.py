"""What is known about a weights file (its model, classes and preprocessing), and building its model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from inception_keras.errors import UserError, unknown
from inception_keras.io.keras_weights import Stored, load_weights, read_layers
from inception_keras.io.manifests import read_manifest
from inception_keras.io.pictures import prepare, read_picture
from inception_keras.weights.preprocessing import MODES, PIXELS, preprocess_input
from inception_keras.zoo import Architecture, architecture, create_model

GREY = (0.299, 0.587, 0.114)  # of red, green, blue in luma (ITU-R BT.601), as Pillow has it
LOGITS = {"classifier_activation": None}
# Keys of a file's first convolution. Networks that have one of the first two kinds have it in the stem alone.
STEMS = ("separable_conv2d", "patch_whitening", "conv2d")
# By keyword of a builder that `--set` does not take: where its value comes from.
KEYWORDS = {
    "classes": "it is read from the weights file; `export` and `convert` have --classes",
    "input_shape": "its side is --image-size, its channels are read from the weights file",
    "weights": "they are --weights",
    "include_top": "a classifier is needed here",
    "pooling": "a classifier is needed here, and `head` chooses it",
    "classifier_activation": "outputs are logits here",
    "input_tensor": "the command line has none",
    "name": "the model is called as in the zoo",
}


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
        channels: Of the network's images: 3, or 1 for grey ones.
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
    channels: int = 3

    def prepare(self, paths: Sequence[str | Path]) -> np.ndarray:
        """Image files as viewable squares, uint8 `(n, crop, crop, 3)`; raises as `read_picture`."""
        return np.stack([prepare(read_picture(path), self.resize, self.crop, self.interpolation) for path in paths])

    def normalize(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 RGB pictures as the network expects them, float32; grey if it takes one channel.

        Raises:
            UserError: The network takes neither RGB nor grey, or grey with a mode that has a mean per colour.
        """
        if self.channels == 1:
            pictures = np.round(pictures @ np.array(GREY))[..., None]
            if self.mode == "tf":
                return (pictures / 127.5 - 1).astype("float32")
            if self.mode == PIXELS:
                return pictures.astype("float32")
            raise UserError(f"preprocessing {self.mode!r} has a mean per colour, but the images are grey: tf or none")
        if self.channels != 3:
            raise UserError(f"{self.path.name} takes images of {self.channels} channels; pictures have 3, or 1 if grey")
        return preprocess_input(pictures, self.mode)

    def build(self):
        """Builds the model with its weights and with logits as outputs; raises as `load_weights`."""
        from inception_keras.graph.inference import inference_model

        model = create_model(self.model, **self._arguments())
        try:
            load_weights(model, self.path)
        except UserError as error:
            raise UserError(
                f"{error}. If the network was built with toggles, give them: --set KEY=VALUE; or another --image-size"
            ) from None
        return inference_model(model)

    def check(self):
        """Tries out the network without its file; raises `UserError` if it can't be built, or not for the file."""
        from inception_keras.models.parts.trials import try_network

        try_network(architecture(self.model).build, self._arguments())

    def _arguments(self) -> dict[str, Any]:
        shape = (self.crop, self.crop, self.channels)
        return {"input_shape": shape, **self.options, "classes": self.classes, **LOGITS}

    def name(self, class_index: int) -> str:
        """The name of a class, or `class N` if the weights have no names."""
        return self.class_names[class_index] if self.class_names else f"class {class_index}"


def find_source(
    path: str | Path,
    model: str | None = None,
    mode: str | None = None,
    *,
    settings: Mapping | None = None,
    image_size: int | None = None,
) -> Source:
    """Finds out about a `.weights.h5` file from the manifest beside it or, without one, from the arguments.

    Args:
        path: The file.
        model: The model's name in the zoo; `None` for the manifest's.
        mode: How images were prepared: one of `MODES` or `PIXELS`; `None` for the manifest's.
        settings: Toggles of the network; they override the manifest's.
        image_size: Side of the input in pixels; `None` for the manifest's, else the published one.

    Raises:
        UserError: The file is not a weights file, its manifest names another model, or it has no manifest and an
            argument is `None`.
    """
    path, entry = Path(path), architecture(model) if model else None
    check_settings(settings or {}, entry)
    if mode not in (None, *MODES, PIXELS):
        raise unknown("preprocessing", mode, (*MODES, PIXELS))
    layers = read_layers(path)  # raises early if the file is of another kind
    manifest = read_manifest(path)
    channels = _channels(layers)
    if manifest is not None:
        source = replace(_of_manifest(path, layers, manifest, model, mode), channels=channels)
        source = replace(source, options={**source.options, **(settings or {})})
        return resized(source, image_size) if image_size else source
    if model is None or entry is None or mode is None:
        missing = [flag for flag, value in (("--model NAME", model), ("--preprocessing MODE", mode)) if not value]
        raise UserError(
            f"{path.name} has no manifest beside it, such as `convert` writes: give "
            f"{' and '.join(missing)} (MODE is {', '.join((*MODES, PIXELS))})"
        )
    classes = _classes(path, layers)
    size = image_size or entry.input_size
    return Source(path, model, dict(settings or {}), classes, None, mode, size, size, channels=channels)


def check_settings(settings: Mapping, entry: Architecture | None = None):
    """Raises `UserError` for keywords of builders that are no toggles of the network, and names their options.

    Args:
        settings: By keyword.
        entry: The network, whose toggles are then checked too; `None` if it is not known yet.
    """
    for name in settings:
        if name in KEYWORDS:
            raise UserError(f"{name} is no toggle of the network: {KEYWORDS[name]}")
    if settings and entry is not None:
        entry.resolve(**settings)


def resized(source: Source, size: int) -> Source:
    """A source with another size of the input, for the same part of the picture."""
    scale, resize = size / source.crop, source.resize
    if isinstance(resize, int):
        return replace(source, crop=size, resize=round(resize * scale))
    height, width = resize
    return replace(source, crop=size, resize=(round(height * scale), round(width * scale)))


def build_from_file(
    name: str, path: Path, settings: Mapping, *, classes: int | None = None, image_size: int | None = None
) -> tuple[Any, Mapping]:
    """Builds the network that a `.weights.h5` file belongs to, with its weights and with logits as outputs.

    Classes, channels and auxiliary heads are read from the file; the other toggles come from the manifest beside it.

    Args:
        name: The model's name in the zoo.
        path: The file.
        settings: Toggles of the network; they override the manifest's.
        classes: The number of classes; `None` for the file's.
        image_size: Side of the input in pixels; `None` for the manifest's, else the published one.

    Returns:
        The model, and its manifest, which is empty if there is none.

    Raises:
        UserError: The file is missing or damaged, or belongs to another model.
    """
    check_settings(settings, architecture(name))
    layers, manifest = read_layers(path), read_manifest(path) or {}
    if manifest and manifest["name"] != name:
        raise UserError(f"{path.name} belongs to {manifest['name']!r}, not to {name!r}, according to its manifest")
    size = image_size or manifest.get("input_size") or architecture(name).input_size
    stored = _classes(path, layers)
    found = {"classes": classes or stored, "input_shape": (size, size, _channels(layers))}
    auxiliary = {"aux_heads": True} if _has_auxiliary_heads(layers) else {}
    toggles = {**auxiliary, **(_toggles(path, manifest) if manifest else {}), **settings}
    model = architecture(name).build(**found, **LOGITS, **toggles)
    load_weights(model, path)
    return model, manifest


def _of_manifest(
    path: Path, layers: Mapping[str, Stored], manifest: dict, model: str | None, mode: str | None
) -> Source:
    published = manifest["preprocessing"]
    resize, names = published["resize"], manifest.get("class_names")
    source = Source(
        path=path,
        model=manifest["name"],
        options=_toggles(path, manifest),
        classes=manifest["classes"],
        class_names=tuple(names) if names else None,
        mode=mode or published["mode"],
        resize=resize if isinstance(resize, int) else tuple(resize),
        crop=published["crop"],
        interpolation=published.get("interpolation", "bilinear"),
    )
    if model is not None and model != source.model:
        raise UserError(f"{path.name} holds weights of {source.model!r}, not of {model!r}: drop --model")
    stored = _stored_classes(layers)
    if stored is not None and stored != source.classes:
        raise UserError(
            f"{path.name} has {stored:,} classes, but its manifest says {source.classes:,}: convert it again"
        )
    return source


def _toggles(path: Path, manifest: dict) -> dict:
    """The options of a manifest: toggles of its model, and no other keyword of a builder, such as `weights`."""
    try:
        architecture(manifest["name"]).resolve(**manifest["options"])
    except UserError as error:
        raise UserError(f"the manifest beside {path.name} is not one that `convert` wrote: {error}") from None
    return dict(manifest["options"])


def _classes(path: Path, layers: Mapping[str, Stored]) -> int:
    classes = _stored_classes(layers)
    if classes is None:
        raise UserError(f"{path.name} has no classifier: it is a trunk without its top, or not from this package")
    return classes


def _stored_classes(layers: Mapping[str, Stored]) -> int | None:
    """The number of biases of the classifier in a file; `None` if the file has none."""
    shapes = (layer.shapes[-1] for layer in layers.values() if layer.name == "head_classifier" and layer.shapes)
    return next((shape[0] for shape in shapes if len(shape) == 1), None)


def _channels(layers: Mapping[str, Stored]) -> int:
    """Channels of the images, read from the kernel of the first convolution, which Keras does not number; else 3."""
    first = next((layers[key] for key in STEMS if key in layers), None)
    return first.shapes[0][2] if first and first.shapes and len(first.shapes[0]) == 4 else 3


def _has_auxiliary_heads(layers: Mapping[str, Stored]) -> bool:
    return any(layer.name.startswith("aux_") for layer in layers.values())
