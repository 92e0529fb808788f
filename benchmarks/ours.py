"""This repository: the network, compiled and fed as `Trainer` does for every trial."""

import itertools
from collections.abc import Iterator

import keras
import numpy as np

from ablations import environment
from ablations.data import datasets
from ablations.data.datasets import Dataset
from ablations.data.synthetic import RandomImages
from ablations.study import Recipe, Study, Variant
from ablations.training.callback import TrialCallback
from ablations.training.devices import Devices
from ablations.training.keras_fit import KerasFit
from ablations.training.networks import targets
from ablations.training.progress import TrialListener
from ablations.training.trainer import Trainer
from benchmarks.cases import AUX_WEIGHT, LEARNING_RATE, MOMENTUM, Case
from benchmarks.contestants import Task
from benchmarks.images import batch
from inception_keras import complexity, inference_model

BACKWARD = 3  # multiply-adds of a training step in forward passes: one forward, and two as large backward
BATCHES = 4  # of random images to draw from


class Timed(Trainer):
    """A trainer that can run single epochs.

    Args:
        case: What to time.
        data: The training data.
        repeated: Whether every step takes the same batch from memory, without the input path.
        devices: See `Trainer`.
    """

    def __init__(self, case: Case, data: Dataset, *, repeated: bool, devices: Devices | None = None):
        one = study(case)
        super().__init__(one, one.baseline, data, devices)
        self.images, labels = batch(case, data.classes)
        if repeated:
            target = targets(self.model, keras.utils.to_categorical(labels, data.classes))
            self.epochs = Repeated(self.model, data.train, self.recipe, self.devices)
            self.epochs.batch = self.images, target

    def take(self, steps: int, seed: int = 0):
        """Trains for a number of steps, by `fit` as in a trial. The start of `fit` counts: rounds need some steps.

        Raises:
            RuntimeError: The loss diverged, so the trainer stopped early.
        """
        before = int(self.model.optimizer.iterations)
        self.epochs.train(seed, 0, TrialCallback(TrialListener(), self.exploding), steps)
        if int(self.model.optimizer.iterations) != before + steps:
            raise RuntimeError("the loss diverged, so that these steps are not the work that was to be timed")

    def begin(self, seed: int, steps: int):
        """Starts a trial with another seed and runs its first steps."""
        self._start(seed, None)
        self.take(steps, seed)


class Repeated(KerasFit):
    """Feeds the same batch to every step."""

    def feed(self, seed: int, epoch: int, watch: TrialCallback) -> Iterator[tuple[np.ndarray, object]]:
        yield from itertools.repeat(self.batch)


def prepare(case: Case, setting: str) -> Task:
    """This repository at the work of a case; `setting` is `feed`, or `repeated` for an epoch without an input path."""
    data = real(case) if case.dataset else random(case)
    # a seed and an epoch use the input path, as trials do; single steps are compared with peers that have none
    trainer = Timed(case, data, repeated=setting == "repeated" or case.work in ("train", "infer", "start"))
    seeds = itertools.count()

    folded = inference_model(trainer.model, fold=True) if case.work == "infer" else None

    def infer(steps: int):
        for _ in range(steps):
            folded.predict_on_batch(trainer.images)

    def another_seed(times: int):
        for _ in range(times):
            trainer.begin(next(seeds), steps=1)

    def epoch(steps: int):
        trainer.take(steps, seed=next(seeds))

    run = {"infer": infer, "seed": another_seed, "epoch": epoch}.get(case.work, trainer.take)
    counted = complexity(trainer.evaluations.inference if case.work == "infer" else trainer.model)
    return Task(
        run=run,
        params=counted.params,
        macs=counted.macs * case.batch * (1 if case.work == "infer" else BACKWARD),
        images=case.batch,
        steps=trainer.steps if case.work == "epoch" else None,
        device=device(),
    )


def study(case: Case) -> Study:
    """The case as a study whose recipe is momentum alone, so that peers need not copy more."""
    recipe = Recipe(
        epochs=1,
        batch_size=case.batch,
        learning_rate=LEARNING_RATE,
        schedule="constant",
        momentum=MOMENTUM,
        weight_decay=0.0,
        augmentation=case.augmentation,
        precision=case.precision,
        aux_weight=AUX_WEIGHT,
    )
    return Study(
        name=case.name,
        question=case.why,
        dataset=case.dataset or "noise",
        image_size=case.side,
        fraction=case.fraction,
        recipe=recipe,
        base=case.base,
        variants=(Variant("timed"), Variant("other", {"dropout": 0.5}, "because a study compares")),
    )


def random(case: Case) -> Dataset:
    """Random images for a few steps, as a data set."""
    shape = (case.side, case.side, 3)
    noise = RandomImages(BATCHES * case.batch, case.classes, shape)
    names = tuple(map(str, range(case.classes)))
    return Dataset("noise", "1.0.0", case.classes, names, shape, noise, noise, noise, "Random images.", "")


def real(case: Case) -> Dataset:
    """The data set of the case.

    Raises:
        UserError: It is not prepared.
    """
    return datasets.load(
        case.dataset,
        data_dir=case.data_dir,
        image_size=case.side,
        fraction=case.fraction,
        augmentation=case.augmentation,
    )


def device() -> str:
    """The backend and the device that Keras computes on, in words."""
    return f"{environment.backend()} on {', '.join(environment.accelerators()) or 'cpu'}"
