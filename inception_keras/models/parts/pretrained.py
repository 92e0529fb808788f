"""Copies the ImageNet weights of Keras Applications into models of this package."""

import contextlib
import os
import threading
import urllib.request
from pathlib import Path

import keras
import numpy as np
from keras import layers

from inception_keras.errors import UserError, in_one_line

PATIENCE = 2.0  # seconds until a server must have answered
STORAGE = "https://storage.googleapis.com"
KERNELS = "weights_tf_dim_ordering_tf_kernels"


def check_imagenet(weights, application: str | None, include_top: bool):
    """Checks, before a network is built, that `weights="imagenet"` are in Keras's cache or that a server has them.

    Raises:
        UserError: Neither; the message names the file, the folder and the command that fetches it.
    """
    if weights != "imagenet" or application is None:
        return
    address = weights_address(application, include_top)
    if not (_cache() / _name(address)).is_file() and not _answers(address):
        raise UserError(_what_to_do(application, address))


def weights_address(application: str, include_top: bool) -> str:
    """Where Keras fetches the ImageNet weights of an application from; a test compares it with Keras's own."""
    name, top = application.lower(), include_top
    if name.startswith("efficientnet"):
        return f"{STORAGE}/keras-applications/{name}{'' if top else '_notop'}.h5"
    if name.startswith("mobilenetv3"):
        size = name.removeprefix("mobilenetv3")
        file = f"mobilenet_v3/weights_mobilenet_v3_{size}_224_1.0_float{'' if top else '_no_top_v2'}"
    elif name == "mobilenetv2":
        file = f"mobilenet_v2/mobilenet_v2_{KERNELS}_1.0_224{'' if top else '_no_top'}"
    elif name == "mobilenet":
        file = f"mobilenet/mobilenet_1_0_224_tf{'' if top else '_no_top'}"
    else:
        stem = {"inceptionv3": "inception_v3", "inceptionresnetv2": "inception_resnet_v2"}.get(name, name)
        folder = next((family for family in ("resnet", "densenet") if name.startswith(family)), stem)
        file = f"{folder}/{stem}_{KERNELS}{'' if top else '_notop'}"
    return f"{STORAGE}/tensorflow/keras-applications/{file}.h5"


def _answers(address: str) -> bool:
    """Whether the server of an address answers within `PATIENCE`.

    A thread asks, since looking up the server's name knows no time limit.
    """
    answers: list[bool] = []

    def ask():
        with contextlib.suppress(Exception):  # no network, no such name, a proxy's refusal
            urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=PATIENCE).close()
            answers.append(True)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return bool(answers)


def load_imagenet(model: keras.Model, application: str, *, include_top: bool):
    """Loads into `model` the ImageNet weights that `keras.applications.<application>` downloads."""
    try:
        pretrained = getattr(keras.applications, application)(weights="imagenet", include_top=include_top)
    except Exception as error:  # Keras raises a bare one if it has no network, and OSError for its cache
        address = weights_address(application, include_top)
        if address in str(error):
            raise UserError(_what_to_do(application, address)) from error
        raise UserError(
            f"the ImageNet weights of {application} can't be read from {_cache()}: {in_one_line(error, most=200)}"
        ) from error
    copy_weights(pretrained, model)
    _fold_rescaling(pretrained, model)


def _cache() -> Path:
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"


def _name(address: str) -> str:
    return address.rsplit("/", 1)[1]


def _what_to_do(application: str, address: str) -> str:
    """The message if a file can't be fetched: with the file, its folder, and the command that fetches it."""
    return (
        f"the ImageNet weights of {application} are not in {_cache()} and can't be fetched: where there is a network, "
        f"run `curl -LO {address}`, then put {_name(address)} into that folder"
    )


def copy_weights(source: keras.Model, target: keras.Model):
    """Copies weights layer by layer, in the order of the graph.

    A dense layer takes the kernel of a 1x1 convolution on a pooled map, which computes the same product.

    Raises:
        UserError: The numbers of layers with weights differ, or the shapes of a pair of layers, which is named.
    """
    pairs = [[layer for layer in model.layers if layer.weights] for model in (source, target)]
    if len(pairs[0]) != len(pairs[1]):
        raise UserError(f"{source.name} has {len(pairs[0])} layers with weights, {target.name} has {len(pairs[1])}")
    for one, other in zip(*pairs, strict=True):
        values, shapes = one.get_weights(), [tuple(v.shape) for v in other.weights]
        if [np.squeeze(value).shape for value in values] != [_squeeze(shape) for shape in shapes]:
            raise UserError(f"{other.name} has weights of shapes {shapes}, {source.name}'s {one.name} of other shapes")
        other.set_weights([value.reshape(shape) for value, shape in zip(values, shapes, strict=True)])


def _squeeze(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def _fold_rescaling(source: keras.Model, target: keras.Model):
    """Folds into the normalisation's variance the scaling that Keras's EfficientNet has only with ImageNet weights.

    With those weights it divides once more by the square root of the standard deviations. As a layer of the graph this
    would let a file saved from one form load into the other without an error; in the variance it is saved in the file.
    """
    rescalings = [layer for layer in source.layers if isinstance(layer, layers.Rescaling)]
    if len(rescalings) < 2:
        return
    (normalization,) = [layer for layer in target.layers if isinstance(layer, layers.Normalization)]
    mean, variance, count = normalization.get_weights()
    normalization.set_weights([mean, variance / np.square(rescalings[1].scale), count])
    normalization.finalize_state()
