"""Copies the ImageNet weights of Keras Applications into models of this package."""

import keras
import numpy as np
from keras import layers

from inception_keras.errors import UserError


def load_imagenet(model: keras.Model, application: str, *, include_top: bool):
    """Loads into `model` the ImageNet weights that `keras.applications.<application>` downloads."""
    pretrained = getattr(keras.applications, application)(weights="imagenet", include_top=include_top)
    copy_weights(pretrained, model)
    _fold_rescaling(pretrained, model)


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
