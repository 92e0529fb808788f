"""Progress on a terminal, or one line per epoch in a log file."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from ablations.records.plans import duration
from ablations.runner.loggers.base import Reporter
from ablations.runner.loggers.pace import Pace
from ablations.study.decimals import counted
from ablations.training.progress import TrialListener
from inception_keras.cli.console import say


class ConsoleReporter(Reporter):
    """Shows one progress bar per worker on a terminal; prints one line per epoch if the output is a file or a log."""

    def __init__(self, missing: int, finished: int, *, console: Console):
        super().__init__(missing, finished)
        self.console = console
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[count]}", markup=False),
            BarColumn(bar_width=12),
            TimeElapsedColumn(),
            TextColumn("elapsed"),
            # Rich's own estimate knows nothing of epochs longer than its window of 30 seconds
            TextColumn("{task.fields[left]}", markup=False),
            # takes what is left of the line, so that it pushes nothing out
            TextColumn(
                "{task.fields[note]}",
                markup=False,
                table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
            ),
            console=console,
            expand=True,
            disable=not console.is_terminal,
        )
        self.trials_done = 0
        self._epochs_expected: int | None = None
        self._epochs_over = self._epochs_done = 0  # of trials that have ended; of all
        self._listeners: dict[int, ConsoleListener] = {}
        self._pace = Pace()

    def __enter__(self):
        skipped = f"; {self.finished} done before are skipped" if self.finished else ""
        self.console.print(f"{counted(self.missing, 'trials')} to run{skipped}")
        self.progress.start()
        # moves by epochs, so that the time left is known after the first epoch, not after the first trial
        self._bar = self.progress.add_task("all trials", total=None, note="", left="", count=self._count)
        return self

    def __exit__(self, *error):
        self.progress.stop()

    def listener(self, number):
        if number not in self._listeners:
            self._listeners[number] = ConsoleListener(self)
        return self._listeners[number]

    def note(self, sentence):
        self.say(sentence, style="yellow")

    def say(self, sentence: str, style: str = ""):
        say(self.console, sentence, style)

    def expect(self, epochs):
        self._epochs_expected = epochs

    def epoch_stored(self, epochs: int):
        """Counts an epoch, of a trial of `epochs`, that an earlier run trained."""
        self._advance(epochs)

    def epoch_trained(self, epochs: int, seconds: float, *, first: bool):
        """Counts an epoch, of a trial of `epochs`, that took `seconds`."""
        self._pace.add(seconds, first=first)
        self._advance(epochs)
        self.progress.update(self._bar, left=self.left(epochs))

    def left(self, epochs: int) -> str:
        """The time left for all trials; if no other number is expected, all have `epochs`."""
        workers = sum(listener.busy for listener in self._listeners.values())
        return f"{duration(self._pace.hours(self._total(epochs) - self._epochs_done, workers))} left"

    def left_of_trial(self, epochs: int) -> str:
        """The time left for a trial that has `epochs` to train."""
        return f"{duration(self._pace.hours(epochs, 1))} left"

    def trial_over(self, epochs: int):
        self.trials_done += 1
        self._epochs_over += epochs
        self._advance(epochs)

    @property
    def _count(self) -> str:
        return f"{self.trials_done}/{counted(self.missing, 'trials')}"

    def _total(self, epochs: int) -> int:
        return self.missing * epochs if self._epochs_expected is None else self._epochs_expected

    def _advance(self, epochs: int):
        self._epochs_done = self._epochs_over + sum(listener.epochs_done for listener in self._listeners.values())
        self.progress.update(self._bar, total=self._total(epochs), completed=self._epochs_done, count=self._count)


class ConsoleListener(TrialListener):
    """The progress bar of one worker."""

    def __init__(self, reporter: ConsoleReporter):
        self.reporter, self.progress = reporter, reporter.progress
        self.busy = False
        self.epochs_done = self._epochs = self._earlier = 0
        self._name, self._began = "", time.monotonic()
        self._epoch_began = self._began
        self._bar = self.progress.add_task("", total=None, note="", left="", count="")

    def trial_started(self, variant, seed, epochs):
        self.busy = True
        self._name, self._epochs, self.epochs_done, self._earlier = f"{variant} seed {seed}", epochs, 0, 0
        self._began = self._epoch_began = time.monotonic()
        self.progress.reset(
            self._bar,
            description=self._name,
            total=epochs,
            note="tracing the graph",
            left="",
            count=self._count,
        )

    def resumed(self, epochs):
        self._earlier = epochs
        self.reporter.say(f"{self._name}: goes on after epoch {epochs} of {self._epochs}")

    def passed_over(self, epochs, why):
        self.reporter.say(f"{self._name}: its state after epoch {epochs} is not used: {why}", style="yellow")

    def step(self, epoch, step, loss, top1):
        note = f"top-1 {top1:.1%}  loss {loss:.3f}  step {step + 1} of epoch {epoch + 1}"
        self.progress.update(self._bar, note=note)

    def epoch_done(self, row):
        self.epochs_done = row["epoch"]
        if self.epochs_done > self._earlier:
            self._epoch_trained(row)
        else:
            self.reporter.epoch_stored(self._epochs)
        self.progress.update(self._bar, completed=self.epochs_done, count=self._count)

    def _epoch_trained(self, row):
        now = time.monotonic()
        seconds, self._epoch_began = now - self._epoch_began, now
        self.reporter.epoch_trained(self._epochs, seconds, first=self.epochs_done == self._earlier + 1)
        self.progress.update(self._bar, left=self.reporter.left_of_trial(self._epochs - self.epochs_done))
        if not self.reporter.console.is_terminal:
            self.reporter.say(
                f"[{self.reporter.trials_done + 1}/{self.reporter.missing}] {self._name}  "
                f"epoch {row['epoch']}/{self._epochs}  loss {row['loss']:.3f}  "
                f"validation {row['validation_top1']:.1%}  {self.reporter.left(self._epochs)}"
            )

    @property
    def _count(self) -> str:
        return f"{self.epochs_done}/{counted(self._epochs, 'epochs')}"

    def failed(self, text):
        self.reporter.say(text, style="red")

    def trial_done(self, record):
        self.busy, self.epochs_done = False, 0
        self.reporter.trial_over(self._epochs)
        split = "test" if "test" in record.metrics else "validation"  # a tuning never reads the test split
        result = f"{split} top-1 {record.metrics[split]['top1']:.1%}" if record.done else ""
        ended = result or f"{record.status} ({record.reason})"
        self.reporter.say(f"{self._name}: {ended}  ({time.monotonic() - self._began:.0f} s)")

    def trial_left(self, why):
        self.busy, self.epochs_done = False, 0
        self.reporter.say(f"{self._name}: {why}", style="yellow")
