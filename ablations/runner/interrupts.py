"""Ctrl-C and SIGTERM: the first signal stops a run after the epochs in progress, the second ends it at once."""

import contextlib
import signal
import threading
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """A context manager that remembers the first signal and raises KeyboardInterrupt at the second.

    Further signals change nothing: the processes of the run are being ended.

    Attributes:
        asked: Whether the first signal was received.
    """

    def __init__(self):
        self.asked = self._raised = False

    def __enter__(self):
        # Python allows only the main thread to set handlers; in another thread the signals keep their default effect
        main = threading.current_thread() is threading.main_thread()
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS} if main else {}
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self.asked and not self._raised:  # too late to stop a trial, but not what comes after the run
            self._raise()

    def check(self):
        """Raises KeyboardInterrupt if a signal was received: for code that has nothing to finish first."""
        if self.asked:
            self._raise()

    def _note(self, number, frame):
        if self.asked and not self._raised:
            self._raise()
        self.asked = True

    def _raise(self):
        self._raised = True
        before = self._before.get(signal.SIGINT)
        if callable(before):  # that of a command line, which must know: it takes one more signal for the same
            before(signal.SIGINT, None)
        raise KeyboardInterrupt


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Holds the signals back in this thread, and in processes that it starts meanwhile: a new Python process would
    print a traceback while it loads, and one that its parent does not know yet would not be ended."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def heed_sigterm_only():
    """In a worker process: Ctrl-C reaches the whole process group, and the supervisor decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
