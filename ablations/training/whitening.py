"""Fixes the whitening of a network's first convolution from training images."""

import keras

from ablations.data.batches import normalize, order
from ablations.data.splits import Examples
from inception_keras.layers.patch_whitening import PatchWhitening

IMAGES = 5000  # in the source as well: KellerJordan/cifar10-airbench, legacy/airbench94.py


def whiten(model: keras.Model, split: Examples, seed: int):
    """Adapts the `PatchWhitening` of a network, if it has one, to the first images of the seed's first epoch.

    The images are not augmented. With `inception_crop` they are as they are stored; of a streamed set, whose images
    have many sizes, they are the enlarged centres.
    """
    for layer in model.layers:
        if isinstance(layer, PatchWhitening):
            images, _ = split.take(order(len(split), seed, 0)[:IMAGES])
            layer.adapt(normalize(images))


def keep_random(model: keras.Model):
    """Lets a network that is only timed train with random filters: filters that were set give no warning."""
    for layer in model.layers:
        if isinstance(layer, PatchWhitening):
            layer.set_weights(layer.get_weights())
