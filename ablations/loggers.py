"""What a run tells, kept where people watch their runs already: beside the console, and never in the way of a trial."""

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from ablations.progress import Lane, Reporter
from ablations.trials import Identity

PATIENCE = 30.0  # seconds that the end of a run waits for what is not logged yet


class Logger(ABC):
    """Keeps the curves of trials somewhere. All methods but the constructor are called in one thread, in order.

    Attributes:
        name: What it is to a person, for a warning.
    """

    name: str

    @abstractmethod
    def begin(self, trial: Identity):
        """A trial begins, or begins again: its epochs follow from the first, also those that were trained before."""

    @abstractmethod
    def epoch(self, trial: Identity, row: dict):
        """With the epoch's row of the history."""

    @abstractmethod
    def end(self, trial: Identity, record: dict):
        """With the record as it was written."""

    @abstractmethod
    def leave(self, trial: Identity, why: str):
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


def final(record: dict) -> dict[str, float]:
    """What was measured after the last epoch alone, under such names: the test split, shifted or not.

    The training split is measured again without augmentation where a study asks for it: `train_after`, since `train` is
    what fit saw.

    >>> final({"metrics": {"validation": {"top1": 0.5}, "test": {"top1": 0.75}, "train": {"top1": 1.0}}})
    {'test/top1': 0.75, 'train_after/top1': 1.0}
    """
    splits = {split: values for split, values in record["metrics"].items() if split != "validation"}
    return {
        f"{'train_after' if split == 'train' else split}/{name}": value
        for split, values in splits.items()
        for name, value in values.items()
    }


def ending(record: dict) -> str:
    """The status, with its reason where it has one."""
    return f"{record['status']}: {record['reason']}" if record["reason"] else record["status"]


class Desk:
    """A thread that passes calls on to a logger. The first error is told and ends the logger, never the run.

    Args:
        logger: Whose methods are called.
        note: Is told a sentence about the logger.
    """

    def __init__(self, logger: Logger, note: Callable[[str], None]):
        self._logger, self._note, self._closed = logger, note, False
        self._calls: queue.SimpleQueue[tuple[str, tuple] | None] = queue.SimpleQueue()
        # a daemon: a server that does not answer holds up neither a trial nor the end of the program
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def tell(self, method: str, *arguments):
        if not self._closed:
            self._calls.put((method, arguments))

    def close(self, patience: float = PATIENCE):
        """Waits for what was told before, up to so many seconds."""
        self._calls.put(None)
        self._thread.join(patience)
        if self._thread.is_alive():
            self._closed = True
            self._note(f"{self._logger.name} did not take all within {patience:.0f} seconds: the rest is not logged")

    def _work(self):
        for method, arguments in iter(self._calls.get, None):
            if self._closed:
                return
            try:
                getattr(self._logger, method)(*arguments)
            except Exception as error:  # whatever a disk, a server or a library does: the records hold it all
                self._closed = True
                self._note(f"{self._logger.name} failed, and the run goes on without it: {first_line(error)}")
                return


class LoggedRun(Reporter):
    """A reporter with loggers beside it that are told the same.

    Args:
        reporter: The one that people see.
        loggers: The others.
    """

    def __init__(self, reporter: Reporter, loggers: Sequence[Logger]):
        super().__init__(reporter.missing, reporter.finished)
        self._reporter, self._loggers = reporter, loggers
        self._lanes: dict[int, LoggedLane] = {}

    def __enter__(self):
        self._reporter.__enter__()
        self.desks = [Desk(logger, self._reporter.note) for logger in self._loggers]
        return self

    def __exit__(self, *error):
        try:
            for lane in self._lanes.values():
                lane.close()
            for desk in self.desks:
                desk.close()
        finally:
            self._reporter.__exit__(*error)

    def lane(self, number):
        if number not in self._lanes:
            self._lanes[number] = LoggedLane(self._reporter.lane(number), self.desks)
        return self._lanes[number]

    def note(self, sentence):
        self._reporter.note(sentence)


class LoggedLane(Lane):
    """Passes on what happens on one seat; single steps to the console alone."""

    def __init__(self, lane: Lane, desks: Sequence[Desk]):
        self._lane, self._desks = lane, desks
        self._trial: Identity | None = None

    def assigned(self, trial):
        self._trial = trial
        self._lane.assigned(trial)

    def trial_started(self, variant, seed, epochs):
        self._lane.trial_started(variant, seed, epochs)
        self._tell("begin")

    def step(self, epoch, step, loss, top1):
        self._lane.step(epoch, step, loss, top1)

    def epoch_done(self, row):
        self._lane.epoch_done(row)
        self._tell("epoch", row)

    def saved(self, checkpoint):
        self._lane.saved(checkpoint)

    def failed(self, text):
        self._lane.failed(text)

    def trial_done(self, record):
        self._lane.trial_done(record)
        self._tell("end", record)
        self._trial = None

    def trial_left(self, why):
        self._lane.trial_left(why)
        self._tell("leave", why)
        self._trial = None

    def close(self):
        """The run ends in the midst of a trial: at the second Ctrl-C, or by an error."""
        self._tell("leave", "the run was ended")
        self._trial = None

    def _tell(self, method: str, *arguments):
        if self._trial is not None:
            for desk in self._desks:
                desk.tell(method, self._trial, *arguments)


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
