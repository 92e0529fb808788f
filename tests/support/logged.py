"""A trial as loggers are told of it."""

from dataclasses import replace

from ablations.records.record import Record
from ablations.records.trials import TrialName
from ablations.runner.loggers.base import Logger, Reporter
from ablations.runner.loggers.logged_run import LoggedRun
from tests.support.bench import QUICK
from tests.support.trials import record

STUDY = replace(QUICK, recipe=replace(QUICK.recipe, epochs=2))
TRIAL = TrialName("tiny", "full", "gap", 0, "0123456789ab", "abc")
ROWS = [
    {"epoch": n, "loss": 2.0 / n, "top1": 0.25 * n, "validation_top1": 0.125 * n, "validation_loss": 3.0 / n}
    for n in (1, 2, 3)
]


class Notes(Reporter):
    """Records the sentences about the run."""

    def __init__(self, missing=1, finished=0):
        super().__init__(missing, finished)
        self.sentences = []

    def note(self, sentence):
        self.sentences.append(sentence)


def tell(logger: Logger, rows=ROWS, *, after: int = 0, ended: dict | None = None, left: str = "") -> list[str]:
    """Tells a logger about one trial, resumed `after` so many epochs, as a run would; returns what the user is told."""
    with LoggedRun(notes := Notes(), [logger]) as run:
        listener = run.listener(0)
        listener.assigned(TRIAL)
        listener.trial_started(TRIAL.variant, TRIAL.seed, 3)
        if after:
            listener.resumed(after)
        for row in rows:
            listener.epoch_done(row)
        if ended:
            listener.trial_done(ended)
        if left:
            listener.trial_left(left)
    return notes.sentences


def done(**changes) -> dict:
    metrics = {"validation": {"top1": 0.375}, "test": {"top1": 0.5, "top5": 0.75, "loss": 1.5}}
    return Record(record(STUDY, "gap", 0, history=ROWS, metrics=metrics) | changes)
