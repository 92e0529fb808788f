"""Batch normalisation's statistics for an evaluation, recomputed from training images with the weights as they are.

The moving averages of training lag behind the weights: with a momentum of 0.99 they hold a hundred steps, and early in
a short training an evaluation shows them more than the weights. Here the network sees a fixed number of training images
in training mode, and each layer gets the mean and the variance over all of them (PreciseBN: arXiv 2105.07576, section
3). The moving averages, and the states of the random streams, are put back after the evaluation: training goes on as if
there had been none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import keras
import numpy as np

from ablations.data.augmentation import Augmentation
from ablations.data.batches import training_batches
from ablations.data.splits import Examples
from ablations.seeds import random_states
from ablations.study.recipe import Recipe
from ablations.training.devices import Devices

IMAGES = 4096  # at most; or the whole batches that the training split has


def batch_normalizations(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """The batch normalisation layers of a network, also those that a user's layers are made of."""
    found = (inner for layer in model.layers for inner in layer._flatten_layers())
    return list(dict.fromkeys(one for one in found if isinstance(one, keras.layers.BatchNormalization)))


class BatchStatistics:
    """The statistics of a network's batch normalisation layers.

    Args:
        model: The training graph.
        split: What it is trained on.
        recipe: For its batch size and augmentation: the images are the first batches of epoch 0 of seed 0, the same for
            every trial.
        devices: Where the batches are computed.
    """

    def __init__(self, model: keras.Model, split: Examples, recipe: Recipe, devices: Devices):
        self._layers = [layer for layer in batch_normalizations(model) if layer.trainable]
        self._streams = [state for layer in model.layers for state in random_states(layer)]
        self._split, self._recipe = split, recipe
        self._network = devices.predictor(_InTraining(model, name="statistics")) if self._layers else None
        self.batches = max(1, min(IMAGES, len(split)) // recipe.batch_size)

    @contextmanager
    def recomputed(self) -> Iterator[None]:
        """Within it the network has recomputed statistics; afterwards it has its own again.

        Raises:
            UserError: The data is damaged.
        """
        if self._network is None:
            yield
            return
        variables = [variable for layer in self._layers for variable in (layer.moving_mean, layer.moving_variance)]
        own = [(variable, np.array(variable)) for variable in [*variables, *self._streams]]
        try:
            for layer, (mean, variance) in zip(self._layers, self._compute(), strict=True):
                layer.moving_mean.assign(mean)
                layer.moving_variance.assign(variance)
            yield
        finally:
            for variable, value in own:
                variable.assign(value)

    def _compute(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Mean and population variance of each layer's inputs over all images, from those of equally large batches."""
        assert self._network is not None, "a network without batch normalisation has no statistics"
        recipe = self._recipe
        augmentation = Augmentation.of(recipe)
        feed = training_batches(self._split, recipe.batch_size, seed=0, epoch=0, augmentation=augmentation)
        moments = []
        with self._without_memory():
            for images, _ in islice(feed, self.batches):
                for layer in self._layers:  # exactly the batch's own, since nothing is added to them
                    layer.moving_mean.assign(np.zeros(layer.moving_mean.shape))
                    layer.moving_variance.assign(np.zeros(layer.moving_variance.shape))
                self._network.predict_on_batch(images)
                moments.append(self._moments())
        means, variances = (np.array(values) for values in zip(*moments, strict=True))
        mean = means.mean(axis=0)
        variance = variances.mean(axis=0) + ((means - mean) ** 2).mean(axis=0)
        ends = np.cumsum([layer.moving_mean.shape[0] for layer in self._layers])[:-1]
        return list(zip(np.split(mean, ends), np.split(variance, ends), strict=True))

    def _moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Means and variances of all layers, one after another; a device sends few large arrays sooner than many."""
        values = [layer.moving_mean for layer in self._layers], [layer.moving_variance for layer in self._layers]
        means, variances = (keras.ops.convert_to_numpy(keras.ops.concatenate(list(own))) for own in values)
        return means.astype("float64"), variances.astype("float64")

    @contextmanager
    def _without_memory(self) -> Iterator[None]:
        """Within it a step in training mode sets the moving averages to the statistics of its batch."""
        own = [layer.momentum for layer in self._layers]
        try:
            for layer in self._layers:
                layer.momentum = 0.0
            yield
        finally:
            for layer, momentum in zip(self._layers, own, strict=True):
                layer.momentum = momentum


class _InTraining(keras.Model):
    """A network that is in training mode when it predicts; returns its main logits."""

    def __init__(self, network: keras.Model, name: str):
        super().__init__(name=name)
        self.network = network

    def call(self, images):
        outputs = self.network(images, training=True)
        return outputs["main"] if isinstance(outputs, dict) else outputs
