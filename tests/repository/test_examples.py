"""The examples run as they are typed in their first lines."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

TUNED = """
from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Tuning, Variant

STUDY = Study(
    name="mine",
    question="Does it go from the tuning to the trials?",
    dataset="cifar10",
    recipe=Recipe(epochs=6, precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.25},
    variants=(Variant("gap"), Variant("flat", {"head": "fc", "fc_units": ()}, "changes pooling alone")),
    claim=Claim("Pooling is better", "nobody", "flat", direction="worse"),
    reduced=Reduced(
        settings={**ONE_BRANCH_ON_DIGITS, "epochs": 1},
        seeds=2,
        guards=Guards(params={}),
        tuning=Tuning(grid={"learning_rate": (0.05, 0.1)}, epochs=1),
    ),
)
"""


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


@pytest.mark.slow
@pytest.mark.jax
def test_the_quarter_of_an_hour_on_a_gpu_tunes_locks_and_trains(tmp_path):
    """On a processor, in one process, and without the benchmark, whose case would compile for minutes there."""
    (tmp_path / "mine.py").write_text(TUNED)
    command = ["sh", ROOT / "examples/on_a_gpu.sh", "mine.py", "5", "--reduced", "--out", "results"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable, "JOBS": "0", "CASES": ""}
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    (lock,) = (tmp_path / "results/mine/locks").glob("*.json")
    records = [json.loads(path.read_text()) for path in (tmp_path / "results/mine/records").glob("*.json")]
    assert len(records) == 4
    assert {record["lock"] for record in records} == {lock.stem}
    assert {record["hardware"]["backend"] for record in records} == {"jax"}
