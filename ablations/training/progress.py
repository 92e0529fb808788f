"""The trial listener: the interface through which a trial reports its progress."""

from pathlib import Path

from ablations.records.record import Record
from ablations.records.trials import TrialName


class TrialListener:
    """Receives what happens on one worker and does nothing. The base class of other listeners."""

    def assigned(self, trial: TrialName):
        """The worker was assigned the trial and has not begun it."""

    def trial_started(self, variant: str, seed: int, epochs: int):
        """The trial begins; `epochs` counts all of them, including those that are done already."""

    def resumed(self, epochs: int):
        """The trial goes on from a checkpoint: the reports of its `epochs` earlier epochs follow, then new ones."""

    def passed_over(self, epochs: int, why: str):
        """The trial has a stored state after `epochs` epochs, and does not go on from there."""

    def step(self, epoch: int, step: int, loss: float, top1: float):
        """A step of an epoch has ended, both from 0; `loss` and `top1` are means over the epoch so far."""

    def epoch_done(self, row: dict):
        """An epoch has ended; `row` is its row of the history. A resumed trial reports its earlier epochs first."""

    def saved(self, checkpoint: Path):
        """The state after an epoch was written to the file `checkpoint`."""

    def failed(self, text: str):
        """The trial raised; `text` is the traceback."""

    def trial_done(self, record: Record):
        """The trial has ended; `record` is its record as it was written."""

    def trial_left(self, why: str):
        """The trial has ended without a record: it was stopped, or will be resumed."""
