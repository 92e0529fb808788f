"""Ctrl-C and SIGTERM: the first signal stops a run after the epochs in progress, the second ends it at once."""

import signal
import threading

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """A context manager that remembers the first signal and raises KeyboardInterrupt at the second.

    Attributes:
        asked: Whether the first signal was received.
    """

    def __init__(self):
        self.asked = False

    def __enter__(self):
        # Python allows only the main thread to set handlers; in another thread the signals keep their default effect
        main = threading.current_thread() is threading.main_thread()
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS} if main else {}
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self):
        """Raises KeyboardInterrupt if a signal was received: for code that has nothing to finish first."""
        if self.asked:
            raise KeyboardInterrupt

    def _note(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
