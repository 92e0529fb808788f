"""Trains epochs with Keras's `fit`, on every backend: the host sends one batch per step. Nothing else calls `fit`."""

import time
from collections.abc import Iterator

import keras
import numpy as np

from ablations.data.augmentation import Augmentation
from ablations.data.batches import training_batches
from ablations.data.splits import Examples
from ablations.study.recipe import Recipe
from ablations.training.averaging import AverageCallback, WeightAverage
from ablations.training.callback import TrialCallback, main_logs
from ablations.training.devices import Devices
from ablations.training.networks import targets
from inception_keras.errors import UserError


class KerasFit:
    """Trains a compiled network on a split, one epoch per call of `train`.

    Args:
        model: Compiled; its outputs are logits.
        split: What it is trained on.
        recipe: For its batch size and augmentation.
        devices: Where the batches are computed.
        average: The average of the network's weights, which the steps update.

    Attributes:
        together: Steps per dispatch.
    """

    together = 1

    def __init__(
        self,
        model: keras.Model,
        split: Examples,
        recipe: Recipe,
        devices: Devices,
        average: WeightAverage | None = None,
    ):
        self.model, self.split, self.recipe, self.devices = model, split, recipe, devices
        self._averaging = [AverageCallback(average, len(split) // recipe.batch_size)] if average else []

    def train(self, seed: int, epoch: int, callback: TrialCallback, steps: int) -> dict[str, float]:
        """Trains the first `steps` steps of an epoch, unless the callback stops before; returns mean loss and top-1.

        Raises:
            UserError: The data is damaged.
        """
        self._mistake: UserError | None = None
        try:
            history = self.model.fit(
                self.devices.feed(lambda: self.feed(seed, epoch, callback), steps),
                steps_per_epoch=steps,
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,  # `feed` is in order already
                verbose=0,
                callbacks=[*self._averaging, callback],
            )
        except Exception:
            if self._mistake:  # TensorFlow replaces what `feed` raises by its own error
                raise self._mistake from None
            raise
        return main_logs({name: values[-1] for name, values in history.history.items()})

    def feed(self, seed: int, epoch: int, callback: TrialCallback) -> Iterator[tuple[np.ndarray, object]]:
        """The batches of an epoch, as `fit` takes them; adds the time it takes to `callback.input_seconds`."""
        recipe = self.recipe
        augmentation = Augmentation.of(recipe)
        batches = iter(
            training_batches(self.split, recipe.batch_size, seed=seed, epoch=epoch, augmentation=augmentation)
        )
        while True:
            begun = time.perf_counter()
            try:
                batch = next(batches, None)
            except UserError as error:
                self._mistake = error
                raise
            if batch is None:
                return
            images, labels = batch
            target = targets(self.model, keras.utils.to_categorical(labels, classes(self.model)))
            callback.input_seconds += time.perf_counter() - begun
            yield images, target


def classes(model: keras.Model) -> int:
    """The number of classes of a network."""
    outputs = model.output
    return (outputs["main"] if isinstance(outputs, dict) else outputs).shape[-1]
