"""python -m benchmarks: what can be asked for, and where the answer lies."""

import re
import shlex
import subprocess
import sys
from itertools import pairwise

import keras
import pytest
from typer.testing import CliRunner

from benchmarks import __main__ as main
from benchmarks import page, whole
from benchmarks.__main__ import app
from benchmarks.cases import CASES, select
from benchmarks.contestants import CONTESTANTS, choose
from inception_keras.errors import UserError
from tests.support.paths import ROOT


def test_unknown_names_and_missing_data_are_one_line(tmp_path):
    with pytest.raises(UserError, match="unknown case 'tarin_\\*': .*allowed are"):
        select(["tarin_*"])
    with pytest.raises(UserError, match="unknown contestant 'kears': .*did you mean 'keras'"):
        choose(["ours", "keras"], ["kears"])
    arguments = ["run", "--cases", "epoch_cifar10", "--data-dir", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "tfds build cifar10" in done.stderr


@pytest.mark.parametrize(("case", "folder"), [("first_step", "riscv64"), ("gpu_train_small_128", "gpu")])
def test_a_table_lies_under_the_kind_of_its_processor(monkeypatch, tmp_path, case, folder):
    found = []
    monkeypatch.setattr(main, "processor_kind", lambda: "riscv64")
    monkeypatch.setattr(whole, "run", lambda cases, contestants, *, out, **options: found.append(out) or "")
    monkeypatch.setattr(page, "busy", float)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["run", "--cases", case]).exit_code == 0
    assert found == [main.RESULTS / folder]


def test_a_pattern_names_the_cases_of_the_device_if_it_has_any(monkeypatch):
    monkeypatch.setattr(main, "gpus", list)
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())
    assert {case.device for case in main._cases(["*_small_*"], None)} == {"cpu"}
    assert {case.device for case in main._cases(["*_small_*"], "gpu")} == {"gpu"}
    assert {case.device for case in main._cases(["gpu_train_small_128"], None)} == {"gpu"}
    assert main._cases(None, None) == [case for case in CASES if case.device == "cpu"]


def test_cases_and_contestants_fit():
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert set(case.contestants) <= set(CONTESTANTS)
    assert [case.name for case in select(["quickstart", "train_paper_*"])] == [
        "train_paper_float32", "train_paper_bfloat16", "quickstart",
    ]  # fmt: skip
    assert choose(("ours", "keras", "torchvision"), ["torchvision"]) == ["ours", "torchvision"]


def test_the_commands_of_the_page_on_speed_parse():
    text = (ROOT / "docs" / "how_to" / "speed.md").read_text()
    commands = [shlex.split(line) for line in text.splitlines() if line.startswith("python -m benchmarks run")]
    assert commands
    for command in commands:
        for option, value in pairwise(command):
            if option == "--cases":
                assert select([value])


def test_the_page_on_speed_says_how_far_engines_are_ahead():
    table = (ROOT / "results" / "benchmarks" / "avx2" / "table.md").read_text()
    best = re.findall(r"^\| infer_(?:one_)?(?:paper|batchnorm)_float32 .*× ([\d.]+) \|$", table, re.MULTILINE)
    low, high = min(map(float, best)), max(map(float, best))
    words = " ".join((ROOT / "docs" / "how_to" / "speed.md").read_text().split())
    assert f"the best of ours takes {low:.1f} to {high:.1f} times as many images" in words


def test_a_case_that_has_no_profile_is_refused_with_those_that_have():
    answer = CliRunner().invoke(app, ["profile", "infer_small_float32"])
    assert isinstance(answer.exception, UserError)
    allowed = str(answer.exception).partition("allowed are")[2]
    assert "'train_small_float32'" in allowed and "infer" not in allowed and "gpu" not in allowed


def test_a_report_makes_the_pages_again_from_the_rounds(tmp_path):
    kept = ROOT / "results" / "benchmarks" / "gpu"
    for name in ("timings.csv", "about.json"):
        (tmp_path / name).write_bytes((kept / name).read_bytes())
    answer = CliRunner().invoke(app, ["report", "--out", str(tmp_path)])
    assert answer.exit_code == 0 and str(tmp_path / "table.md") in answer.stdout
    for name in ("table.md", "table.csv"):
        assert (tmp_path / name).read_text() == (kept / name).read_text()
    answer = CliRunner().invoke(app, ["report", "--out", str(tmp_path / "none")])
    assert isinstance(answer.exception, UserError) and "type `python -m benchmarks run" in str(answer.exception)
