"""The interfaces for following a run: the reporter, which a person reads, and loggers, which store learning curves."""

from abc import ABC, abstractmethod

from ablations.records.record import Record
from ablations.records.trials import TrialName
from ablations.training.progress import TrialListener


class Reporter:
    """Receives what happens in a run and prints nothing. The base class of the console's reporter, and of tests'.

    Args:
        missing: Number of trials to run.
        finished: Number of trials that were done before.
    """

    def __init__(self, missing: int = 0, finished: int = 0):
        self.missing, self.finished = missing, finished

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def listener(self, number: int) -> TrialListener:
        """The listener of the trials of worker `number`."""
        return TrialListener()

    def expect(self, epochs: int):
        """Receives, before the first trial, how many epochs all trials to run have together."""

    def note(self, sentence: str):
        """Receives a sentence about the whole run."""


class Logger(ABC):
    """Stores the learning curves of trials. All methods but the constructor are called in one thread, in order.

    Attributes:
        name: The option that the user typed, for warnings.
    """

    name: str

    @abstractmethod
    def begin(self, trial: TrialName):
        """A trial begins or is resumed. All its epochs follow, including those that were trained before."""

    def resumed(self, trial: TrialName, epochs: int):  # noqa: B027  most loggers treat both the same
        """The trial that has begun goes on after so many epochs, more than 0. Without this call it starts anew."""

    @abstractmethod
    def epoch(self, trial: TrialName, row: dict):
        """An epoch has ended; `row` is its row of the history."""

    @abstractmethod
    def end(self, trial: TrialName, record: Record):
        """The trial has ended; `record` is its record as it was written."""

    @abstractmethod
    def leave(self, trial: TrialName, why: str):
        """The trial was stopped without a record, and will continue in another process or run."""


def by_split(row: dict) -> dict[str, float]:
    """A row of the history, without its epoch, under the metric names of both loggers.

    >>> by_split({"epoch": 1, "loss": 2.5, "top1": 0.25, "validation_top5": 0.5})
    {'train/loss': 2.5, 'train/top1': 0.25, 'validation/top5': 0.5}
    """
    named = {name: value for name, value in row.items() if name != "epoch"}
    return {
        f"validation/{name.removeprefix('validation_')}" if name.startswith("validation_") else f"train/{name}": value
        for name, value in named.items()
    }


def final(record: Record) -> dict[str, float]:
    """The metrics that are measured only after the last epoch, under the metric names of both loggers.

    They are those of the test split, shifted or not, and, if the study asks for it, those of the training split without
    augmentation: `train_after`, since `train` is what the training itself measured.

    >>> final(Record(metrics={"validation": {"top1": 0.5}, "test": {"top1": 0.75}, "train": {"top1": 1.0}}))
    {'test/top1': 0.75, 'train_after/top1': 1.0}
    """
    splits = {split: values for split, values in record.metrics.items() if split != "validation"}
    return {
        f"{'train_after' if split == 'train' else split}/{name}": value
        for split, values in splits.items()
        for name, value in values.items()
    }


def ending(record: Record) -> str:
    """The status, with its reason if it has one."""
    return f"{record.status}: {record.reason}" if record.reason else record.status
