"""A run with loggers, each in its own thread: a slow or failing logger never delays a trial."""

import queue
import threading
from collections.abc import Callable, Sequence

from ablations.records.trials import TrialName
from ablations.runner.loggers.base import Logger, Reporter
from ablations.study.own_code import failure
from ablations.training.progress import TrialListener

PATIENCE = 30.0  # seconds that a run waits at its end for each logger to finish


class LoggerThread:
    """A thread that calls the methods of a logger. The logger's first error is reported and ends it, never the run.

    Args:
        logger: Whose methods are called.
        note: Called with a sentence for the user, if the logger fails or is too slow.
    """

    def __init__(self, logger: Logger, note: Callable[[str], None]):
        self._logger, self._note, self._closed = logger, note, False
        self._calls: queue.SimpleQueue[tuple[str, tuple] | None] = queue.SimpleQueue()
        # a daemon thread: a server that does not answer delays neither a trial nor the end of the program
        self._thread = threading.Thread(target=self._process_calls, daemon=True)
        self._thread.start()

    def tell(self, method: str, *arguments):
        if not self._closed:
            self._calls.put((method, arguments))

    def close(self, patience: float = PATIENCE):
        """Waits up to `patience` seconds for the calls so far."""
        self._calls.put(None)
        self._thread.join(patience)
        if self._thread.is_alive():
            self._closed = True
            self._note(f"{self._logger.name} did not finish within {patience:.0f} seconds: the rest is not logged")

    def _process_calls(self):
        for method, arguments in iter(self._calls.get, None):
            if self._closed:
                return
            try:
                getattr(self._logger, method)(*arguments)
            except (Exception, SystemExit) as error:  # of a disk, a server, a library: the records have all results
                self._closed = True
                self._note(f"{self._logger.name} failed, and the run continues without it: {failure(error)}")
                return


class LoggedRun(Reporter):
    """Passes what happens in a run to a reporter and to loggers.

    Args:
        reporter: What the user sees.
        loggers: Where learning curves are stored.
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

    def expect(self, epochs):
        self._reporter.expect(epochs)

    def note(self, sentence):
        self._reporter.note(sentence)


class LoggedListener(TrialListener):
    """Passes what happens on one worker to the reporter's listener and, except for single steps, to the loggers."""

    def __init__(self, listener: TrialListener, threads: Sequence[LoggerThread]):
        self._listener, self._threads = listener, threads
        self._trial: TrialName | None = None

    def assigned(self, trial):
        self._trial = trial
        self._listener.assigned(trial)

    def trial_started(self, variant, seed, epochs):
        self._listener.trial_started(variant, seed, epochs)
        self._call_loggers("begin")

    def resumed(self, epochs):
        self._listener.resumed(epochs)
        self._call_loggers("resumed", epochs)

    def passed_over(self, epochs, why):
        self._listener.passed_over(epochs, why)

    def step(self, epoch, step, loss, top1):
        self._listener.step(epoch, step, loss, top1)

    def epoch_done(self, row):
        self._listener.epoch_done(row)
        self._call_loggers("epoch", row)

    def saved(self, checkpoint):
        self._listener.saved(checkpoint)

    def failed(self, text):
        self._listener.failed(text)

    def trial_done(self, record):
        self._listener.trial_done(record)
        self._call_loggers("end", record)
        self._trial = None

    def trial_left(self, why):
        self._listener.trial_left(why)
        self._call_loggers("leave", why)
        self._trial = None

    def close(self):
        """Called at the end of the run: a trial in progress was ended by the second Ctrl-C or an error."""
        self._call_loggers("leave", "the run was ended")
        self._trial = None

    def _call_loggers(self, method: str, *arguments):
        if self._trial is not None:
            for thread in self._threads:
                thread.tell(method, self._trial, *arguments)
