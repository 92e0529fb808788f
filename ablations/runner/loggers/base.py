"""What a run tells while it runs: the reporter that people see, and loggers that keep the curves of trials."""

from abc import ABC, abstractmethod

from ablations.records.record import Record
from ablations.records.trials import TrialName
from ablations.training.progress import TrialListener


class Reporter:
    """Is told what happens in a run and says nothing. The base of the one that does, and of tests.

    Args:
        missing: Trials to run.
        finished: Those that were done before.
    """

    def __init__(self, missing: int = 0, finished: int = 0):
        self.missing, self.finished = missing, finished

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def listener(self, number: int) -> TrialListener:
        """What is told about one worker."""
        return TrialListener()

    def note(self, sentence: str):
        """Something about the whole run."""


class Logger(ABC):
    """Keeps the curves of trials somewhere. All methods but the constructor are called in one thread, in order.

    Attributes:
        name: What it is to a person, for a warning.
    """

    name: str

    @abstractmethod
    def begin(self, trial: TrialName):
        """A trial begins, or begins again: its epochs follow from the first, also those that were trained before."""

    @abstractmethod
    def epoch(self, trial: TrialName, row: dict):
        """With the epoch's row of the history."""

    @abstractmethod
    def end(self, trial: TrialName, record: Record):
        """With the record as it was written."""

    @abstractmethod
    def leave(self, trial: TrialName, why: str):
        """It was stopped without a record, and goes on in another process or run."""


def by_split(row: dict) -> dict[str, float]:
    """A row of the history under the names that both loggers have.

    >>> by_split({"epoch": 1, "loss": 2.5, "top1": 0.25, "validation_top5": 0.5})
    {'train/loss': 2.5, 'train/top1': 0.25, 'validation/top5': 0.5}
    """
    named = {name: value for name, value in row.items() if name != "epoch"}
    return {
        f"validation/{name.removeprefix('validation_')}" if name.startswith("validation_") else f"train/{name}": value
        for name, value in named.items()
    }


def final(record: Record) -> dict[str, float]:
    """What was measured after the last epoch alone, under such names: the test split, shifted or not.

    The training split is measured again without augmentation where a study asks for it: `train_after`, since `train` is
    what fit saw.

    >>> final({"metrics": {"validation": {"top1": 0.5}, "test": {"top1": 0.75}, "train": {"top1": 1.0}}})
    {'test/top1': 0.75, 'train_after/top1': 1.0}
    """
    splits = {split: values for split, values in record.metrics.items() if split != "validation"}
    return {
        f"{'train_after' if split == 'train' else split}/{name}": value
        for split, values in splits.items()
        for name, value in values.items()
    }


def ending(record: Record) -> str:
    """The status, with its reason where it has one."""
    return f"{record.status}: {record.reason}" if record.reason else record.status
