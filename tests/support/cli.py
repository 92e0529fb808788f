"""Runs the two command lines, or a piece of code, in a fresh process."""

import os
import subprocess
import sys

from tests.support.paths import ROOT


def ablations(*arguments, cwd=None, env=None) -> subprocess.CompletedProcess:
    return _run("ablations", arguments, cwd, env)


def inception_keras(*arguments, cwd=None) -> subprocess.CompletedProcess:
    return _run("inception_keras", arguments, cwd, None)


def run_python(code: str) -> subprocess.CompletedProcess:
    """Runs `code` in a fresh interpreter, which imports the packages from this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def _run(package: str, arguments, cwd, env) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", package, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(command, cwd=cwd or ROOT, env=environment, capture_output=True, text=True)
