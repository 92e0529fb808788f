"""Copies the ImageNet weights of Keras Applications into models of this package."""

import os
import re
from pathlib import Path

import keras
import numpy as np
from keras import layers

from inception_keras.errors import UserError


def load_imagenet(model: keras.Model, application: str, *, include_top: bool):
    """Loads into `model` the ImageNet weights that `keras.applications.<application>` downloads."""
    try:
        pretrained = getattr(keras.applications, application)(weights="imagenet", include_top=include_top)
    except Exception as error:  # Keras raises a bare one if it has no network, and OSError for its cache
        raise UserError(_what_to_do(application, str(error))) from error
    copy_weights(pretrained, model)
    _fold_rescaling(pretrained, model)


def _what_to_do(application: str, message: str) -> str:
    """The message if Keras could not fetch a file: with the file, its folder, and the command that fetches it."""
    folder = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"
    address = re.search(r"https?://\S+\.h5", message)
    if address is None:
        reason = " ".join(message.split())[:200]
        return f"the ImageNet weights of {application} can't be read from {folder}: {reason}"
    name = address[0].rsplit("/", 1)[1]
    return (
        f"the ImageNet weights of {application} are not in {folder} and can't be fetched: on a machine with a network "
        f"run `curl -LO {address[0]}`, then put {name} into that folder"
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
