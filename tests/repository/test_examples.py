"""The examples run as they are typed in the README."""

import os
import re
import subprocess
import sys

import pytest

from tests.support.paths import ROOT


@pytest.mark.slow
def test_fine_tuning_a_saved_trunk():
    command = [sys.executable, "examples/fine_tune.py", "--epochs", "4"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    tuned, scratch = map(
        float, re.search(r"([\d.]+)% on the saved trunk, ([\d.]+)% from scratch", answer.stdout).groups()
    )
    assert tuned > 60, "five classes: chance is 20%"
    assert tuned > scratch
