"""This repository on a GPU: epochs of random images on the device; many steps per dispatch, one, or several seeds."""

from collections.abc import Callable

import numpy as np

from ablations.data.datasets import Dataset
from ablations.data.splits import Split
from ablations.training.devices import Devices
from benchmarks import ours
from benchmarks.cases import Case
from benchmarks.contestants import Task
from inception_keras import complexity

# An epoch must be long compared with its start and end, and its images must fit in memory beside everything else.
BYTES, LEAST, MOST = 2**30, 32, 256  # of the images; least and most batches per epoch
EPOCHS = 4  # per round


def prepare(case: Case, setting: str) -> Task:
    """This repository at the training of a case; `setting` is `scan`, `step`, or `seeds` for several seeds at once."""
    devices = Devices()
    devices.dispatch = "step" if setting == "step" else "scan"
    trainer = ours.Timed(case, random(case), repeated=setting == "step", devices=devices)
    seeds, train = 1, trainer.take
    if setting == "seeds":
        seeds, train = several(trainer)
    counted = complexity(trainer.model)
    return Task(
        run=lambda steps: run(train, steps, trainer.steps),
        params=counted.params,
        macs=counted.macs * case.batch * seeds * ours.BACKWARD,
        images=case.batch * seeds,
        # whole epochs, since a part of a chunk takes as long as all of it
        steps=None if setting == "step" else trainer.steps * EPOCHS,
        device=ours.device(),
    )


def several(trainer: ours.Timed) -> tuple[int, Callable[[int], None]]:
    """The number of seeds trained at once, and a function that trains all of them for a number of steps."""
    from benchmarks.seeds import SEEDS, Together  # needs JAX

    together = Together(trainer.model, trainer.data.train, trainer.recipe, trainer.devices)
    together.begin(range(SEEDS))
    return SEEDS, lambda steps: together.train_all(0, steps)


def run(train: Callable[[int], None], steps: int, epoch: int):
    """Trains for a number of steps, in epochs of `epoch` steps."""
    for begun in range(0, steps, epoch):
        train(min(epoch, steps - begun))


def random(case: Case) -> Dataset:
    """Random images, decoded and in memory, as a data set."""
    size = case.batch * case.side**2 * 3
    count = case.batch * min(max(LEAST, BYTES // size), MOST)
    numbers, shape = np.random.default_rng(0), (case.side, case.side, 3)
    images = np.frombuffer(numbers.bytes(count * size // case.batch), np.uint8).reshape(count, *shape)
    labels = numbers.integers(0, case.classes, count, np.int32)
    split, names = Split(images, labels, np.arange(count)), tuple(map(str, range(case.classes)))
    return Dataset("noise", "1.0.0", case.classes, names, shape, split, split, split, "Random images.", "")
