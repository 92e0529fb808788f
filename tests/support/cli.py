"""Runs the two command lines, or a piece of code: in a fresh process, or in this one where nothing is trained."""

import contextlib
import importlib
import io
import os
import resource
import subprocess
import sys
from unittest import mock

from tests.support.paths import ROOT


def ablations(*arguments, cwd=None, env=None) -> subprocess.CompletedProcess:
    return _run("ablations", arguments, cwd, env)


def inception_keras(*arguments, cwd=None) -> subprocess.CompletedProcess:
    return _run("inception_keras", arguments, cwd, None)


def mistake(package: str, *arguments) -> subprocess.CompletedProcess:
    """What a command line answers to a mistake, in this process: a fresh one takes a second to start."""
    typed, out, err = [package, *map(str, arguments)], io.StringIO(), io.StringIO()
    main = importlib.import_module(f"{package}.__main__").main
    with mock.patch.object(sys, "argv", typed), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            return subprocess.CompletedProcess(typed, ended.code, out.getvalue(), err.getvalue())
    return subprocess.CompletedProcess(typed, 0, out.getvalue(), err.getvalue())


def child_seconds() -> float:
    """Processor time of the processes that ended so far: unlike the clock's, that of a busy machine is the same."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def run_python(code: str) -> subprocess.CompletedProcess:
    """Runs `code` in a fresh interpreter, which imports the packages from this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def _run(package: str, arguments, cwd, env) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", package, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(command, cwd=cwd or ROOT, env=environment, capture_output=True, text=True)
