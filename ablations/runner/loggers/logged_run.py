"""A run with loggers: each has its own thread, so that a slow or failing logger never delays a trial."""

import queue
import threading
from collections.abc import Callable, Sequence

from ablations.records.trials import TrialName
from ablations.runner.loggers.base import Logger, Reporter
from ablations.training.progress import TrialListener
from inception_keras.errors import first_line

PATIENCE = 30.0  # seconds that the end of a run waits for what is not logged yet


class LoggerThread:
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
        self._listeners: dict[int, LoggedListener] = {}

    def __enter__(self):
        self._reporter.__enter__()
        self.threads = [LoggerThread(logger, self._reporter.note) for logger in self._loggers]
        return self

    def __exit__(self, *error):
        try:
            for listener in self._listeners.values():
                listener.close()
            for thread in self.threads:
                thread.close()
        finally:
            self._reporter.__exit__(*error)

    def listener(self, number):
        if number not in self._listeners:
            self._listeners[number] = LoggedListener(self._reporter.listener(number), self.threads)
        return self._listeners[number]

    def note(self, sentence):
        self._reporter.note(sentence)


class LoggedListener(TrialListener):
    """Passes on what happens on one worker; single steps to the console alone."""

    def __init__(self, listener: TrialListener, threads: Sequence[LoggerThread]):
        self._listener, self._threads = listener, threads
        self._trial: TrialName | None = None

    def assigned(self, trial):
        self._trial = trial
        self._listener.assigned(trial)

    def trial_started(self, variant, seed, epochs):
        self._listener.trial_started(variant, seed, epochs)
        self._tell("begin")

    def step(self, epoch, step, loss, top1):
        self._listener.step(epoch, step, loss, top1)

    def epoch_done(self, row):
        self._listener.epoch_done(row)
        self._tell("epoch", row)

    def saved(self, checkpoint):
        self._listener.saved(checkpoint)

    def failed(self, text):
        self._listener.failed(text)

    def trial_done(self, record):
        self._listener.trial_done(record)
        self._tell("end", record)
        self._trial = None

    def trial_left(self, why):
        self._listener.trial_left(why)
        self._tell("leave", why)
        self._trial = None

    def close(self):
        """The run ends in the midst of a trial: at the second Ctrl-C, or by an error."""
        self._tell("leave", "the run was ended")
        self._trial = None

    def _tell(self, method: str, *arguments):
        if self._trial is not None:
            for thread in self._threads:
                thread.tell(method, self._trial, *arguments)
