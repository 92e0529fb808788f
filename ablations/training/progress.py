"""What a run tells while it runs: trials, epochs, loss, accuracy, time left."""

from pathlib import Path

from ablations.records.record import Record
from ablations.records.trials import TrialName


class TrialListener:
    """Is told what happens on one worker and says nothing. The base of those that do."""

    def assigned(self, trial: TrialName):
        """With what names the trial, before its worker begins."""

    def trial_started(self, variant: str, seed: int, epochs: int):
        """`epochs` in all, also where some are done already."""

    def step(self, epoch: int, step: int, loss: float, top1: float):
        """During an epoch, with its mean loss and top-1 so far."""

    def epoch_done(self, row: dict):
        """With the epoch's row of the history; a trial that is resumed begins with those it has."""

    def saved(self, checkpoint: Path):
        """With the file that holds the state after an epoch."""

    def failed(self, text: str):
        """With the traceback of a trial that failed."""

    def trial_done(self, record: Record):
        """With the record as it was written."""

    def trial_left(self, why: str):
        """Without a record: it was stopped, or begins again."""
