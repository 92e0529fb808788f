"""Times a whole command, as a user types it."""

import subprocess
import sys
import tempfile

from benchmarks.cases import Case
from benchmarks.contestants import Task


def prepare(case: Case, setting: str) -> Task:
    """The task `python -m ablations run STUDY`, whose results are deleted; `setting` is the study."""

    def run(times: int):
        for _ in range(times):
            with tempfile.TemporaryDirectory() as out:
                command = [sys.executable, "-m", "ablations", "run", setting, "--out", out]
                place = ["--data-dir", case.data_dir] if case.data_dir else []
                done = subprocess.run([*command, *place], capture_output=True, encoding="utf-8")
                if done.returncode:
                    raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}")

    return Task(run=run)
