"""Runs a command line: a user's mistake, an interrupt and an output that can't be written each end in one line.

It imports nothing before it handles interrupts, so that one ends in one line while a command is still loading.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable

MISTAKE, INTERRUPTED = 2, 130  # exit codes
BOUNCE = 1.0  # seconds after an interrupt in which further ones are taken for the same


class Interrupt:
    """The handler of Ctrl-C and SIGTERM for a whole command line.

    The first signal raises KeyboardInterrupt. Those that follow within `BOUNCE` seconds change nothing, so that what is
    left on the way out (worker processes, open files) is left in order; a later one ends the process at once.

    Args:
        line: What is printed when the process ends at once.
    """

    def __init__(self, line: str):
        self._line, self._raised = line, 0.0
        try:
            self._stderr = os.dup(2)  # loading a framework redirects 2
        except OSError:  # closed by the shell: `2>&-`
            self._stderr = os.open(os.devnull, os.O_WRONLY)
        self.at_once = False  # whether a signal ends the process at once: nothing is left to do

    @property
    def raised(self) -> bool:
        return bool(self._raised)

    def install(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self)
        sys.unraisablehook = self._raise_again

    def _interrupt(self):
        self._raised = 0.0
        os.kill(os.getpid(), signal.SIGINT)  # not raise_signal: this thread's signal would leave the main one asleep

    def ignore(self):
        """Python's own way out: its handlers end before it does, and a signal would then change the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def __call__(self, number, frame):
        now = time.monotonic()
        if self.at_once or (self._raised and now - self._raised > BOUNCE):
            with contextlib.suppress(OSError):
                os.write(self._stderr, f"{self._line}\n".encode())
            os._exit(INTERRUPTED)
        if not self._raised:
            self._raised = now
            raise KeyboardInterrupt

    def _raise_again(self, unraisable):
        """Python drops an exception that is raised in a destructor, after it has printed its traceback."""
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            import threading

            threading.Timer(0.01, self._interrupt).start()  # an exception in this hook would be dropped too
        else:
            sys.__unraisablehook__(unraisable)


def run_app(app: Callable[[], object], interrupted: str = "stopped"):
    """Runs a command line and exits.

    A `UserError` prints one line and exits with 2, as does an output that can't be written; an interrupt at any moment
    prints `interrupted` and exits with 130.
    """
    interrupt = Interrupt(interrupted)
    interrupt.install()
    code: str | int | None = 0
    try:
        code = _run(app)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException:
        if not interrupt.raised:  # else a library has turned the interrupt into another exception
            raise
    interrupt.at_once = True
    if interrupt.raised or code == INTERRUPTED:
        code = INTERRUPTED
        _say(interrupted)
        interrupt.ignore()
    sys.exit(code)


def _run(app: Callable[[], object]) -> str | int | None:
    from inception_keras.cli.output import OutputError, discard_output, prepare_output
    from inception_keras.errors import UserError, show_warnings_plainly

    prepare_output()
    show_warnings_plainly()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except SystemExit as end:
        return end.code
    except UserError as error:
        _say(f"error: {error}")
        return MISTAKE
    except OutputError as error:
        discard_output()
        _say(f"error: the output can't be written ({error.strerror})")
        return MISTAKE
    return 0


def _say(line: str):
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)
