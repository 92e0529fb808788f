"""What a run tells while it runs: trials, epochs, loss, accuracy, time left."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Reporter:
    """Is told what happens in a run and says nothing. The base of the one that does, and of tests."""

    def __init__(self, missing: int = 0, finished: int = 0):
        self.missing, self.finished = missing, finished

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def trial_started(self, variant: str, seed: int, epochs: int, examples: int):
        """`examples` is the number of training images in an epoch."""

    def step(self, epoch: int, step: int, loss: float, top1: float):
        """After each step, with the epoch's mean loss and top-1 so far."""

    def epoch_done(self, row: dict):
        """With the epoch's row of the history."""

    def failed(self, text: str):
        """With the traceback of a trial that failed."""

    def trial_done(self, record: dict):
        """With the record as it was written."""


class ConsoleReporter(Reporter):
    """Bars on a terminal; a line an epoch where the output is a file or a log."""

    def __init__(self, missing: int, finished: int, *, console: Console):
        super().__init__(missing, finished)
        self.console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._started = time.monotonic()
        self._trials_done = 0

    def __enter__(self):
        skipped = f"; {self.finished} done before are skipped" if self.finished else ""
        self.console.print(f"{self.missing} trials to run{skipped}")
        self._progress.start()
        # in epochs, not in trials: so that the time left is known after a minute, not after the first trial
        self._all = self._progress.add_task("all trials", total=None, note="")
        self._one = self._progress.add_task("", total=None, note="")
        return self

    def __exit__(self, *error):
        self._progress.stop()

    def trial_started(self, variant, seed, epochs, examples):
        self._name, self._epochs = f"{variant} seed {seed}", epochs
        self._progress.update(self._all, total=self.missing * epochs, completed=self._trials_done * epochs)
        self._progress.reset(self._one, description=self._name, total=epochs, note="tracing the graph")

    def step(self, epoch, step, loss, top1):
        note = f"epoch {epoch + 1}/{self._epochs}  step {step + 1}  loss {loss:.3f}  top-1 {top1:.1%}"
        self._progress.update(self._one, note=note)

    def epoch_done(self, row):
        self._progress.advance(self._all)
        self._progress.advance(self._one)
        if not self.console.is_terminal:
            self.console.print(
                f"[{self._trials_done + 1}/{self.missing}] {self._name}  epoch {row['epoch']}/{self._epochs}  "
                f"loss {row['loss']:.3f}  top-1 {row['top1']:.1%}  validation top-1 {row['validation_top1']:.1%}  "
                f"{self._left(row['epoch'])} left",
                highlight=False,
                markup=False,
            )

    def failed(self, text):
        self.console.print(text, style="red", markup=False, highlight=False)

    def trial_done(self, record):
        self._trials_done += 1
        self._progress.update(self._all, completed=self._trials_done * self._epochs)
        result = (
            record["status"] if record["status"] != "done" else f"test top-1 {record['metrics']['test']['top1']:.1%}"
        )
        seconds = record["times"].get("total", 0.0)
        self.console.print(
            f"{self._name}: {result}  {record['reason']} ({seconds:.0f} s)", markup=False, highlight=False
        )

    def _left(self, epoch: int) -> str:
        epochs_done = self._trials_done * self._epochs + epoch
        seconds = (time.monotonic() - self._started) / epochs_done * (self.missing * self._epochs - epochs_done)
        return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
