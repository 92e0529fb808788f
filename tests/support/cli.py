"""Runs the two command lines, or a piece of code: in a fresh process, or in this one where that makes no difference."""

import contextlib
import importlib
import io
import os
import resource
import signal
import subprocess
import sys
from unittest import mock

from tests.support.paths import ROOT


def ablations(*arguments, cwd=None, env=None) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "ablations", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(command, cwd=cwd or ROOT, env=environment, capture_output=True, text=True)


def in_process(package: str, *arguments) -> subprocess.CompletedProcess:
    """What a command line answers, in this process: a fresh one takes seconds to load a framework."""
    typed, out, err = [package, *map(str, arguments)], io.StringIO(), io.StringIO()
    main = importlib.import_module(f"{package}.__main__").main
    output = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with mock.patch.object(sys, "argv", typed), output[0], output[1], _handlers_put_back():
        try:
            main()
        except SystemExit as ended:
            return subprocess.CompletedProcess(typed, ended.code or 0, out.getvalue(), err.getvalue())
    return subprocess.CompletedProcess(typed, 0, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _handlers_put_back():
    """A command line ends its process at a second interrupt; later tests raise interrupts of their own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hook = sys.unraisablehook
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def child_seconds() -> float:
    """Processor time of the processes that ended so far: unlike the clock's, that of a busy machine is the same."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def run_python(code: str) -> subprocess.CompletedProcess:
    """Runs `code` in a fresh interpreter, which imports the packages from this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
