"""Epochs by Keras's `fit`, whose only caller is here: a batch comes from the host for each step, on every backend."""

import time
from collections.abc import Iterator

import keras
import numpy as np

from ablations.data.batches import training_batches
from ablations.data.splits import Examples
from ablations.study.recipe import Recipe
from ablations.training.callback import TrialCallback, main_logs
from ablations.training.devices import Devices
from ablations.training.networks import targets
from inception_keras.errors import UserError


class KerasFit:
    """Trains a compiled network on a split, one epoch when it is asked.

    Args:
        model: Compiled; its outputs are logits.
        split: What it is trained on.
        recipe: Its batch size and augmentation.
        devices: On which the batches are spread.

    Attributes:
        together: Steps of a dispatch.
    """

    together = 1

    def __init__(self, model: keras.Model, split: Examples, recipe: Recipe, devices: Devices):
        self.model, self.split, self.recipe, self.devices = model, split, recipe, devices

    def train(self, seed: int, epoch: int, watch: TrialCallback, steps: int) -> dict[str, float]:
        """So many first steps of an epoch, unless the watch leaves off before; returns their mean loss and top-1.

        Raises:
            UserError: The feed met damaged data.
        """
        self._mistake: UserError | None = None
        try:
            history = self.model.fit(
                self.devices.feed(lambda: self.feed(seed, epoch, watch), steps),
                steps_per_epoch=steps,
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,  # the feed has the order already
                verbose=0,
                callbacks=[watch],
            )
        except Exception:
            if self._mistake:  # TensorFlow makes an error of its own of what a feed raises
                raise self._mistake from None
            raise
        return main_logs({name: values[-1] for name, values in history.history.items()})

    def feed(self, seed: int, epoch: int, watch: TrialCallback) -> Iterator[tuple[np.ndarray, object]]:
        """The batches of an epoch, as `fit` takes them; the watch is told the seconds that making them took."""
        recipe = self.recipe
        batches = iter(
            training_batches(self.split, recipe.batch_size, seed=seed, epoch=epoch, augmentation=recipe.augmentation)
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
            watch.input_seconds += time.perf_counter() - begun
            yield images, target


def classes(model: keras.Model) -> int:
    """How many a network tells apart."""
    outputs = model.output
    return (outputs["main"] if isinstance(outputs, dict) else outputs).shape[-1]
