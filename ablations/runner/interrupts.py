"""Ctrl-C and SIGTERM: the first asks a run to leave off at a good place, the second ends it."""

import signal
import threading

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While entered, remembers the first signal and raises KeyboardInterrupt at the second.

    Attributes:
        asked: Whether the first came.
    """

    def __init__(self):
        self.asked = False

    def __enter__(self):
        # Python lets the main thread alone set handlers; in another one the signals mean what they always do
        main = threading.current_thread() is threading.main_thread()
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS} if main else {}
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self):
        """Raises KeyboardInterrupt if a signal came, where there is nothing to finish first."""
        if self.asked:
            raise KeyboardInterrupt

    def _note(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
