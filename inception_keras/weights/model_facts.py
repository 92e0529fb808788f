"""What is known about a model's weights: how images are prepared for it, and what its classes are called."""

from collections.abc import Sequence
from typing import Any

from inception_keras.errors import UserError, suggestion
from inception_keras.io.imagenet import ImageNetClass, imagenet_classes
from inception_keras.io.loaded import manifest_of
from inception_keras.io.manifests import MODES
from inception_keras.origins import origin_of
from inception_keras.weights.catalogue import find_file
from inception_keras.zoo import ARCHITECTURES


def preprocessing_mode(model: Any) -> str:
    """The mode of `preprocess_input` for a model.

    Args:
        model: A model whose weights have a manifest, the name of one in the zoo, or the mode itself.

    Raises:
        UserError: The text is none of the two; no weights are published for the name; or the model's weights have no
            manifest.
    """
    if isinstance(model, str):
        if model in MODES:
            return model
        if model in ARCHITECTURES:
            return find_file(model).preprocessing.mode
        meant = suggestion(model, (*MODES, *ARCHITECTURES))
        modes = ", ".join(map(repr, MODES))
        raise UserError(
            f"unknown preprocessing mode {model!r}: {meant}allowed are {modes}, and the names that list_models() has"
        )
    return _manifest(model, "the mode, one of " + ", ".join(map(repr, MODES)))["preprocessing"]["mode"]


def class_list(model: Any) -> Sequence[ImageNetClass]:
    """The classes of a model whose weights have a manifest with their names; without ImageNet's ids for other classes.

    Raises:
        UserError: The weights have no manifest, it names no classes, or the model's head is not from that file.
    """
    names = _manifest(model, "no model for the 1,000 classes of ImageNet").get("class_names")
    origin = origin_of(model)
    if origin is not None and not origin.head:
        raise UserError(
            f"the classifier of {model.name!r} did not come from {origin.path.name}, so its classes have no names: "
            "name its outputs by the classes that it is trained on"
        )
    if names is None:
        raise UserError("the manifest of the model's weights names no classes: `convert --class-names FILE` adds them")
    known = imagenet_classes()
    if names == [one.name for one in known]:
        return known
    return [ImageNetClass("", name) for name in names]


def _manifest(model: Any, instead: str) -> dict:
    if not hasattr(model, "layers"):
        raise UserError(f"give a model, or {instead}; got {model!r}")
    manifest = manifest_of(model)
    if manifest is None:
        raise UserError(f"the weights of {model.name!r} have no manifest, such as weights by name have: give {instead}")
    return manifest
