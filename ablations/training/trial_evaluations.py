"""What a trial is evaluated on: validation after each epoch; at its end test images, and what else is asked for."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import keras

from ablations.data.datasets import Dataset
from ablations.data.shifts import shifted
from ablations.data.splits import Examples
from ablations.records.outcomes import Diverged, Evaluation, Outcome
from ablations.study import Study, Variant
from ablations.study.measures import SHIFTS
from ablations.training.averaging import WeightAverage
from ablations.training.batch_statistics import BatchStatistics
from ablations.training.devices import Devices
from ablations.training.evaluation import evaluate, measures_by_class
from ablations.training.fixed_trunk import FixedTrunk
from inception_keras import inference_model


class TrialEvaluations:
    """The evaluations of the trials of one network.

    Args:
        model: The training graph.
        study: What it asks for.
        variant: For its recipe.
        data: What the graph sees: with a fixed trunk, maps for training and validation, and images for tests.
        devices: Where the batches are computed.
        average: The average of the weights that is evaluated in their place.
        trunk: Makes maps of images, if the graph reads maps.

    Attributes:
        inference: The network that is evaluated.
    """

    def __init__(
        self,
        model: keras.Model,
        study: Study,
        variant: Variant,
        data: Dataset,
        devices: Devices,
        average: WeightAverage,
        trunk: FixedTrunk | None = None,
    ):
        recipe = study.recipe_of(variant)
        self._asked, self._reads_test, self._batch_size = study.evaluations, study.reads_test, recipe.batch_size
        self._data, self._devices, self._average, self._trunk = data, devices, average, trunk
        self.inference = inference_model(model)
        recomputed = recipe.batch_statistics == "recomputed"  # else evaluations use the moving averages
        self._statistics = BatchStatistics(model, data.train, recipe, devices) if recomputed else None

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within it the network is as it is evaluated: with its averages and the batch statistics of the recipe."""
        with self._average.in_place(), self._statistics.recomputed() if self._statistics else nullcontext():
            yield

    def validate(self, epoch: int) -> Evaluation:
        """Evaluates on the validation split after an epoch, counted from 0.

        Raises:
            Diverged: The loss is not finite. A large one is no divergence: statistics of batches may be young.
        """
        return self._evaluate("validation", self._data.validation, f"in epoch {epoch + 1}")

    def finish(self, outcome: Outcome):
        """Adds the results on the test split, and on what else the study asks for; of a tuning, nothing.

        Raises:
            Diverged: As `validate`.
        """
        if not self._reads_test:
            return
        images = self._data.test
        test = self._trunk.kept_maps(images) if self._trunk else images
        outcome.test = self._evaluate("test", test)
        overall, outcome.by_class = measures_by_class(outcome.test, self._data.class_names)
        outcome.metrics["test"] = outcome.test.metrics | overall
        for name, split in self._further_splits(images):
            outcome.metrics[name] = self._evaluate(name, split).metrics
        if "mirrored" in self._asked:
            for name, split in (("mirrored", test), ("validation_mirrored", self._data.validation)):
                outcome.metrics[name] = self._evaluate(name, split, mirrored=True).metrics

    def time(self, split: Examples) -> tuple[float, float]:
        """Seconds to recompute the batch statistics, 0 if they are not recomputed, and to evaluate on a split."""
        begun = time.perf_counter()
        with self.in_place():
            ready = time.perf_counter()
            self._predict(split)
            evaluation = time.perf_counter() - ready
        return ready - begun if self._statistics else 0.0, evaluation

    def _further_splits(self, test: Examples) -> Iterator[tuple[str, Examples]]:
        """Yields what the study evaluates on besides the `test` images, with its key in the record's metrics."""
        if "train" in self._asked:
            yield "train", self._data.train
        if "shifts" in self._asked:
            for pixels in SHIFTS:
                moved = shifted(test, pixels)
                yield f"shift_{pixels}", self._trunk.maps(moved) if self._trunk else moved

    def _evaluate(
        self, name: str, split: Examples, when: str = "after the last epoch", mirrored: bool = False
    ) -> Evaluation:
        found = self._predict(split, mirrored)
        if not math.isfinite(loss := found.metrics["loss"]):
            raise Diverged(f"{name} loss {loss:.4g} {when}")
        return found

    def _predict(self, split: Examples, mirrored: bool = False) -> Evaluation:
        return evaluate(self._devices.predictor(self.inference), split, self._batch_size, mirrored=mirrored)
